from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from studio.domain.resources import RESOURCES
from studio.folders import Folders


def _all(folders: Folders) -> list[Path]:
    values = [getattr(folders, field.name) for field in fields(folders)]
    return [*(value for value in values if isinstance(value, Path)), *folders.models]


def test_home_moves_everything_but_what_comes_along(tmp_path: Path) -> None:
    folders = Folders.discover({"PENTIMENTO_HOME": str(tmp_path)})
    moved = [path for path in _all(folders) if path != RESOURCES / "models"]
    assert len(moved) == len(set(moved)) == 6
    assert all(path.parent == tmp_path for path in moved)
    assert list(tmp_path.iterdir()) == []


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Folders.discover({"PENTIMENTO_HOME": "here"}).data == tmp_path / "here" / "data"


def test_the_persons_own_models_come_before_the_embedded_ones() -> None:
    for environment in ({}, {"PENTIMENTO_HOME": "/somewhere"}):
        models = Folders.discover(environment).models
        assert models[-1] == RESOURCES / "models"
        assert len(models) == 2


@pytest.mark.parametrize("environment", [{}, {"PENTIMENTO_HOME": ""}])
def test_without_a_home_they_are_the_persons(environment: dict[str, str]) -> None:
    folders = Folders.discover(environment)
    assert folders.pictures.name == "Pentimento"
    assert all(path.is_absolute() for path in _all(folders))
    assert len(set(_all(folders))) == len(_all(folders))
