"""The shelf of style pictures: its order, its names, and what a full disk does to it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.domain.errors import PictureError, StorageError
from studio.library.files.disk import Disk
from studio.library.style_shelf import StyleShelf, thumbnail
from tests.support.fakes import picture_pixels


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """Two paintings and a painted style that come with the studio."""
    shipped = tmp_path / "shipped"
    for name in ("pictures/the-wave.jpg", "pictures/a-garden.jpg", "painted/old-master.jpg"):
        path = shipped / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture_pixels(60, 40)).save(path)
    (shipped / "pictures" / "SOURCES.md").write_text("no picture")
    return shipped


@pytest.fixture
def shelf(tmp_path: Path, shipped: Path) -> StyleShelf:
    return StyleShelf(tmp_path / "styles", Disk(), shipped)


def test_the_artists_own_come_first_then_what_is_shipped(shelf: StyleShelf) -> None:
    assert [entry.name for entry in shelf.pictures()] == ["A garden", "The wave"]
    for name in ("zebra", "Apple"):
        assert shelf.add(picture_pixels(30, 20), name).is_own
    names = [(entry.name, entry.is_own) for entry in shelf.pictures()]
    assert names == [("Apple", True), ("zebra", True), ("A garden", False), ("The wave", False)]
    (painted,) = shelf.painted()
    assert (painted.name, painted.painted) == ("Old master", "old-master")


def test_without_anything_shipped_the_shelf_is_empty(tmp_path: Path) -> None:
    shelf = StyleShelf(tmp_path / "styles", Disk(), tmp_path / "nowhere")
    assert shelf.pictures() == shelf.painted() == []


def test_pixels_are_kept_as_they_are_and_huge_ones_smaller(shelf: StyleShelf) -> None:
    pixels = picture_pixels(300, 200)
    with Image.open(shelf.add(pixels, "small").path) as kept:
        assert np.array_equal(np.asarray(kept), pixels)
    with Image.open(shelf.add(np.zeros((30, 5000, 4), np.uint8), "huge").path) as kept:
        assert kept.size == (2048, 12)
        assert kept.mode == "RGB"


def test_a_taken_name_gets_a_number(shelf: StyleShelf) -> None:
    for name in ("wave", "wave 2", "wave 3"):
        assert shelf.add(picture_pixels(30, 20), "wave").name == name


def test_renaming_moves_the_file_and_refuses_a_taken_name(shelf: StyleShelf) -> None:
    one, two = (shelf.add(picture_pixels(30, 20), name) for name in ("one", "two"))
    renamed = shelf.rename(one, "  the   first ")
    assert renamed.name == "the first"
    assert renamed.path.is_file() and not one.path.exists()
    with pytest.raises(StorageError, match="two"):
        shelf.rename(renamed, "two")
    assert shelf.rename(two, "two") == two


@pytest.mark.parametrize(
    "name", ["", "  ", ".hidden", "a/b", "..", "a\\b", "a\0b", "x" * 61, "a\u202eb"]
)
def test_a_name_that_no_file_can_have_is_refused(shelf: StyleShelf, name: str) -> None:
    with pytest.raises(StorageError):
        shelf.add(picture_pixels(30, 20), name)
    assert not [entry for entry in shelf.pictures() if entry.is_own]


@given(name=st.text(max_size=80))
def test_whatever_a_style_is_called_it_stays_in_its_folder(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    folder = tmp_path_factory.mktemp("styles")
    shelf = StyleShelf(folder, Disk(), folder / "nothing")
    try:
        entry = shelf.add(np.zeros((1, 1, 3), np.uint8), name)
    except StorageError:
        assert list(folder.iterdir()) == []
    else:
        assert entry.path.parent == folder
        assert [found.path for found in shelf.pictures()] == [entry.path]


def test_what_is_no_picture_is_refused(shelf: StyleShelf, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nno more")
    with pytest.raises(PictureError, match=r"broken\.png"):
        shelf.add(broken, "broken")
    assert not [entry for entry in shelf.pictures() if entry.is_own]


class _FullDisk(Disk):
    def write_new(self, path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def test_a_full_disk_is_told_and_nothing_half_is_left(tmp_path: Path, shipped: Path) -> None:
    folder = tmp_path / "styles"
    with pytest.raises(StorageError):
        StyleShelf(folder, _FullDisk(), shipped).add(picture_pixels(30, 20), "wave")
    assert list(folder.iterdir()) == []


def test_removing_hands_the_file_to_the_trash_or_says_that_there_is_none(
    shelf: StyleShelf,
) -> None:
    entry = shelf.add(picture_pixels(30, 20), "wave")

    def no_trash(path: Path) -> None:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    with pytest.raises(StorageError):
        shelf.remove(entry, no_trash)
    assert entry.path.is_file()
    trashed: list[Path] = []
    shelf.remove(entry, trashed.append)
    assert trashed == [entry.path]


def test_a_thumbnail_is_the_middle_as_a_square(shelf: StyleShelf) -> None:
    pixels = np.zeros((40, 120, 3), np.uint8)
    pixels[:, 40:80] = 200
    entry = shelf.add(pixels, "middle")
    assert thumbnail(entry, 16).shape == (16, 16, 3)
    assert thumbnail(entry, 16).min() > 150
