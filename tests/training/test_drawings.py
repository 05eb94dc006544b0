"""Packages of drawings are read as they are, and a licence that isn't the agreed one stops it."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio.training import drawings
from studio.training.concepts import everything
from studio.training.drawings import NAMES, SOURCES, load, rasterise

SQUARE = '<path fill="#f00" d="M4 4h8v8H4z"/>'


def pack(path: Path, files: dict[str, object]) -> None:
    """An npm tarball with JSON files in it."""
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            data = json.dumps(content).encode()
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The flat hand's package with two drawings, one of them an alias, and three names."""
    icons = {
        "width": 16,
        "height": 16,
        "icons": {"fox": {"body": SQUARE}, "flag-x": {"body": SQUARE}},
        "aliases": {"wolf": {"parent": "fox"}},
    }
    info = {"license": {"spdx": "MIT"}}
    flat = SOURCES[0].package.removeprefix("@").replace("/", "-")
    pack(tmp_path / f"{flat}-{SOURCES[0].version}.tgz", {"icons.json": icons, "info.json": info})
    names = [{"label": "fox", "group": 3}, {"label": "axolotl: pink", "group": 3}]
    pack(tmp_path / f"{NAMES.package}-{NAMES.version}.tgz", {"en/data.json": names})
    return tmp_path


def test_drawings_are_found_by_name_and_by_alias(cache: Path) -> None:
    pytest.importorskip("resvg_py")
    loaded = load(cache, ("flat",))
    assert set(loaded.pixels) == {("flat", "fox"), ("flat", "wolf")}
    assert [concept.name for concept in loaded.concepts] == ["fox", "wolf"]
    assert loaded.ledger[0]["licence"] == "MIT"
    assert loaded.ledger[0]["drawings"] == 2
    again = load(cache, ("flat",))  # this time from the kept pixels
    assert np.array_equal(again.pixels["flat", "fox"], loaded.pixels["flat", "fox"])


def test_another_licence_stops_it(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = (replace(SOURCES[0], licence="Apache-2.0"),)
    monkeypatch.setattr(drawings, "SOURCES", changed)
    with pytest.raises(ValueError, match="is now under MIT"):
        load(cache, ("flat",))


def test_a_drawing_is_rasterised_with_clear_surroundings() -> None:
    pytest.importorskip("resvg_py")
    box = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"'
    pixels = rasterise(f"<svg {box}>{SQUARE}</svg>", 32)
    assert pixels.shape == (32, 32, 4)
    assert tuple(pixels[16, 16]) == (255, 0, 0, 255)
    assert pixels[0, 0, 3] == 0


def test_everything_keeps_the_first_lessons_words(tmp_path: Path) -> None:
    names = tmp_path / "names.json"
    entries = [
        {"label": "cat face", "group": 3},
        {"label": "axolotl: pink", "group": 3},
        {"label": "waving hand", "group": 1},
    ]
    names.write_text(json.dumps(entries))
    known = {concept.name: concept.words for concept in everything(names)}
    assert known["cat-face"] == ("cat", "kitten", "kitty")
    assert known["axolotl-pink"] == ("axolotl pink",)
    assert "waving-hand" not in known
