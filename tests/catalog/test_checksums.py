from __future__ import annotations

import hashlib
import os
import struct
import zlib
from pathlib import Path

import pytest

from studio.catalog import Checksums
from tests.support.model_files import write_safetensors


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


def test_the_hashes_that_others_know_a_file_by(tmp_path: Path) -> None:
    header = b'{"a":{"dtype":"U8","shape":[2000000],"data_offsets":[0,2000000]}}'
    weights = bytes(range(256)) * 7812 + bytes(128)
    path = tmp_path / "m.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + weights)
    content = path.read_bytes()
    hashes = Checksums(tmp_path / "c.sqlite3").hashes(path)
    assert hashes == {
        "sha256": sha256(content),
        "crc32": f"{zlib.crc32(content):08x}",
        "AutoV1": sha256(content[1 << 20 : (1 << 20) + (64 << 10)])[:8],
        "AutoV2": sha256(content)[:10],
        "AutoV3": sha256(weights)[:12],
    }


def test_other_metadata_leaves_autov3_as_it_was(tmp_path: Path) -> None:
    checksums = Checksums(None)
    found = []
    for name, metadata in (("a", None), ("b", {"title": "other"})):
        path = write_safetensors(tmp_path / f"{name}.safetensors", {"x": (9, 9)}, "F32", metadata)
        found.append(checksums.hashes(path))
    assert found[0]["AutoV3"] == found[1]["AutoV3"]
    assert found[0]["sha256"] != found[1]["sha256"]


def test_a_file_of_another_format_has_no_autov3(tmp_path: Path, file: Path) -> None:
    assert "AutoV3" not in Checksums(None).hashes(file)


def test_what_is_known_is_told_without_reading(tmp_path: Path, file: Path) -> None:
    checksums = Checksums(tmp_path / "c.sqlite3")
    assert checksums.known(file) == {}
    checksums.sha256(file)
    assert checksums.known(file) == {"sha256": sha256(b"one")}
    hashes = checksums.hashes(file)
    assert checksums.known(file) == hashes
    assert checksums.sha256(file) == hashes["sha256"]
    assert checksums.known(tmp_path / "missing") == {}
