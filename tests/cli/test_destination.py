from __future__ import annotations

from pathlib import Path

import pytest

from studio.cli.destination import Destination
from studio.domain.errors import StorageError, UsageError
from studio.library.encoding import PictureFormat


@pytest.mark.parametrize(
    ("name", "image_format"),
    [
        ("a.png", PictureFormat.PNG),
        ("a.JPG", PictureFormat.JPEG),
        ("a.jpeg", PictureFormat.JPEG),
        ("a.webp", PictureFormat.WEBP),
    ],
)
def test_one_picture_goes_into_the_file(
    tmp_path: Path, name: str, image_format: PictureFormat
) -> None:
    destination = Destination.parse(str(tmp_path / name), range(7, 8))
    assert destination.paths == (tmp_path / name,)
    assert destination.image_format is image_format


def test_more_pictures_are_numbered(tmp_path: Path) -> None:
    destination = Destination.parse(str(tmp_path / "fox.png"), range(10))
    names = [path.name for path in destination.paths]
    assert names[0] == "fox-01.png"
    assert names[-1] == "fox-10.png"


@pytest.mark.parametrize("out", ["new", "new/", "some.folder/"])
def test_a_folder_is_made_and_named_like_the_history(tmp_path: Path, out: str) -> None:
    destination = Destination.parse(f"{tmp_path}/{out}", range(41, 43))
    folder = tmp_path / out
    assert destination.paths == (folder / "00001-41.png", folder / "00002-42.png")
    for position in (0, 1):
        destination.write(position, b"picture")
    again = Destination.parse(f"{tmp_path}/{out}", range(5, 6))
    assert [path.name for path in again.paths] == ["00003-5.png"]


def test_relative_paths_start_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Destination.parse("a.png", range(1)).paths == (tmp_path / "a.png",)


def test_what_is_there_is_replaced_only_when_told(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"the artist's")
    with pytest.raises(StorageError, match="already a file"):
        Destination.parse(str(path), range(1))
    Destination.parse(str(path), range(1), overwrite=True).write(0, b"new")
    assert path.read_bytes() == b"new"


def test_a_file_that_appears_meanwhile_stays(tmp_path: Path) -> None:
    destination = Destination.parse(str(tmp_path / "a.png"), range(1))
    (tmp_path / "a.png").write_bytes(b"somebody else's")
    with pytest.raises(StorageError, match="already a file"):
        destination.write(0, b"new")
    assert (tmp_path / "a.png").read_bytes() == b"somebody else's"


def test_unknown_suffix_and_missing_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.gif"):
        Destination.parse(str(tmp_path / "a.gif"), range(1))
    with pytest.raises(StorageError, match="no folder"):
        Destination.parse(str(tmp_path / "missing" / "a.png"), range(1))


def test_a_file_where_a_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(StorageError):
        Destination.parse(str(tmp_path / "taken"), range(1))
