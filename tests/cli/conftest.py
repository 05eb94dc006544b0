from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tiny_models import write_tiny_model


@pytest.fixture(scope="session")
def tiny_models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one model, “tiny”, that draws 32 px of noise."""
    folder = tmp_path_factory.mktemp("models")
    write_tiny_model(folder / "tiny")
    return folder


@pytest.fixture
def tiny_model(tiny_models_folder: Path, pentimento_home: Path) -> str:
    """The name of a model that this test's studio has."""
    pentimento_home.mkdir()
    (pentimento_home / "models").symlink_to(tiny_models_folder)
    return "tiny"
