from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from studio.catalog import Checksums


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"one")
    return path


def test_it_is_the_files_sha256(tmp_path: Path, file: Path) -> None:
    assert Checksums(tmp_path / "cache" / "c.sqlite3").sha256(file) == sha256(b"one")


def test_an_unchanged_file_is_not_read_again(tmp_path: Path, file: Path) -> None:
    cache = tmp_path / "c.sqlite3"
    Checksums(cache).sha256(file)
    status = file.stat()
    # Other content under the same size and time: only who reads would notice.
    file.write_bytes(b"two")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert Checksums(cache).sha256(file) == sha256(b"one")


def test_a_changed_file_is_read_again(tmp_path: Path, file: Path) -> None:
    checksums = Checksums(tmp_path / "c.sqlite3")
    checksums.sha256(file)
    file.write_bytes(b"three")
    assert checksums.sha256(file) == sha256(b"three")
    status = file.stat()
    file.write_bytes(b"other")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert checksums.sha256(file) == sha256(b"other")


@pytest.mark.parametrize("damage", [b"", b"<html>", b"\0" * 5000])
def test_a_damaged_cache_costs_time_only(tmp_path: Path, file: Path, damage: bytes) -> None:
    cache = tmp_path / "c.sqlite3"
    cache.write_bytes(damage)
    checksums = Checksums(cache)
    for _ in range(3):
        assert checksums.sha256(file) == sha256(b"one")
    status = file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert checksums.sha256(file) == sha256(b"one")  # it has healed


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path: Path, file: Path) -> None:
    (tmp_path / "taken").touch()
    assert Checksums(tmp_path / "taken" / "c.sqlite3").sha256(file) == sha256(b"one")


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        Checksums(tmp_path / "c.sqlite3").sha256(tmp_path / "missing")
