from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from studio.domain.errors import StorageError
from studio.library.files.disk import Disk, is_temporary, storage_error, storage_errors
from tests.support.samples import FailingDisk


def test_a_new_file_is_whole_and_alone(tmp_path: Path) -> None:
    Disk().write_new(tmp_path / "a", b"x" * 1_000_000)
    assert (tmp_path / "a").read_bytes() == b"x" * 1_000_000
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_new_file_never_replaces_another(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        Disk().write_new(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_replacing_needs_no_file_before(tmp_path: Path) -> None:
    Disk().replace(tmp_path / "a", b"1")
    Disk().replace(tmp_path / "a", b"2")
    assert (tmp_path / "a").read_bytes() == b"2"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("how", ["write_new", "replace"])
def test_a_failure_at_any_call_leaves_the_folder_as_it_was(tmp_path: Path, how: str) -> None:
    before = {"kept": b"old"} if how == "replace" else {}
    for fail_at in range(1, 100):
        for name, content in before.items():
            (tmp_path / name).write_bytes(content)
        disk = FailingDisk(fail_at)
        try:
            getattr(disk, how)(tmp_path / "kept", b"new")
        except OSError as error:
            assert error.errno == errno.ENOSPC
            assert not [path for path in tmp_path.iterdir() if is_temporary(path.name)]
            content = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
            # Only the last call may fail after the new content has replaced the old.
            assert content in (before, {"kept": b"new"} if how == "replace" else before)
        else:
            break
    assert disk.calls == fail_at - 1 >= 5 - (how == "replace")
    assert (tmp_path / "kept").read_bytes() == b"new"


def test_folders_are_made_with_those_above(tmp_path: Path) -> None:
    disk = FailingDisk()
    disk.make_folder(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()
    assert disk.calls == 3
    disk.make_folder(tmp_path / "a" / "b" / "c")
    assert disk.calls == 3


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "disk is full"),
        (errno.EACCES, "may not write"),
        (errno.EROFS, "only be read"),
        (errno.EFBIG, "larger than"),
        (errno.EEXIST, "already"),
        (errno.ENOENT, "no folder"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_the_disks_answers_are_put_in_words(code: int, words: str) -> None:
    error = storage_error(OSError(code, os.strerror(code)), Path("/pictures/a.png"))
    assert words in error.sentence
    assert "/pictures/a.png" in error.sentence
    assert error.remedy.endswith(".")


def test_other_errors_pass_through() -> None:
    with pytest.raises(StorageError), storage_errors(Path("a")):
        raise OSError(errno.EIO, "x")
    with pytest.raises(KeyError), storage_errors(Path("a")):
        raise KeyError("x")
