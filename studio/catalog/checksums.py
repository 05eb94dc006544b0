"""Hashes of large files, computed once and remembered as long as the file doesn't change."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

_CREATE: Final = """
CREATE TABLE IF NOT EXISTS hashes (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, hashes TEXT NOT NULL
)
"""
_BLOCK_BYTES: Final = 4 << 20
_MAX_HEADER_BYTES: Final = 100 << 20
_AUTOV1_OFFSET: Final = 1 << 20
_AUTOV1_BYTES: Final = 64 << 10
_SHA256: Final = "sha256"


class Checksums:
    """A cache in one SQLite file, by (path, size, time of change). Blocking; any thread.

    A cache that can't be read or written costs time, never an answer; None keeps nothing.
    """

    def __init__(self, cache: Path | None) -> None:
        self._cache = cache

    def sha256(self, path: Path) -> str:
        """The file's sha256 in hex. Reads all of it the first time.

        Raises:
            OSError: the file can't be read.
        """
        key = _key(path)
        known = self._recall(key)
        if _SHA256 not in known:
            with path.open("rb") as file:
                known = {_SHA256: hashlib.file_digest(file, "sha256").hexdigest()}
            self._remember(key, known)
        return known[_SHA256]

    def hashes(self, path: Path) -> Mapping[str, str]:
        """All hashes by which other programs and sites name a model's file. One pass through it.

        “sha256” and “crc32” of the whole file; “AutoV1”, 8 digits of the sha256 of 64 KiB after the
        first MiB; “AutoV2”, the first 10 digits of the sha256 (A1111's model hash); “AutoV3”, the
        first 12 of the sha256 of what follows a safetensors header (kohya's hash), which survives
        other metadata. The last is missing for files of other formats.

        Raises:
            OSError: the file can't be read.
        """
        key = _key(path)
        known = self._recall(key)
        if "AutoV2" not in known:
            known = _all_hashes(path)
            self._remember(key, known)
        return known

    def known(self, path: Path) -> Mapping[str, str]:
        """Those hashes that were computed before and still hold; nothing is read."""
        try:
            return self._recall(_key(path))
        except OSError:
            return {}

    def all_known(self, paths: Iterable[Path]) -> dict[Path, Mapping[str, str]]:
        """The same of many files in one look, those without any left out."""
        if self._cache is None or not self._cache.exists():
            return {}
        try:
            with closing(sqlite3.connect(self._cache)) as connection:
                rows = connection.execute("SELECT path, size, mtime_ns, hashes FROM hashes")
                kept = {tuple(row[:3]): json.loads(row[3]) for row in rows}
        except (sqlite3.Error, ValueError):
            return {}
        found: dict[Path, Mapping[str, str]] = {}
        if kept:
            for path in paths:
                with suppress(OSError):
                    if isinstance(known := kept.get(_key(path)), dict):
                        found[path] = known
        return found

    def _recall(self, key: tuple[str, int, int]) -> dict[str, str]:
        if self._cache is None or not self._cache.exists():
            return {}
        try:
            with closing(sqlite3.connect(self._cache)) as connection:
                row = connection.execute(
                    "SELECT hashes FROM hashes WHERE path = ? AND size = ? AND mtime_ns = ?", key
                ).fetchone()
                return dict(json.loads(row[0])) if row else {}
        except (sqlite3.Error, UnicodeEncodeError, ValueError, TypeError):
            return {}

    def _remember(self, key: tuple[str, int, int], hashes: Mapping[str, str]) -> None:
        if self._cache is None:
            return
        try:
            self._cache.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._cache)) as connection, connection:
                connection.execute(_CREATE)
                row = (*key, json.dumps(hashes))
                connection.execute("REPLACE INTO hashes VALUES (?, ?, ?, ?)", row)
        except sqlite3.DatabaseError as error:
            if not isinstance(error, sqlite3.OperationalError):
                with suppress(OSError):
                    self._cache.unlink(missing_ok=True)  # damaged: the next answer starts anew
        except (OSError, UnicodeEncodeError):
            return


def _key(path: Path) -> tuple[str, int, int]:
    path = path.resolve()
    status = path.stat()
    return str(path), status.st_size, status.st_mtime_ns


def _all_hashes(path: Path) -> dict[str, str]:
    whole, weights, crc = hashlib.sha256(), hashlib.sha256(), 0
    with path.open("rb") as file:
        header_bytes = _header_bytes(file.read(9))
        file.seek(_AUTOV1_OFFSET)
        first = hashlib.sha256(file.read(_AUTOV1_BYTES)).hexdigest()[:8]
        file.seek(0)
        at = 0
        while block := file.read(_BLOCK_BYTES):
            whole.update(block)
            crc = zlib.crc32(block, crc)
            if header_bytes and at + len(block) > header_bytes:
                weights.update(block[max(0, header_bytes - at) :])
            at += len(block)
    digest = whole.hexdigest()
    found = {_SHA256: digest, "crc32": f"{crc:08x}", "AutoV1": first, "AutoV2": digest[:10]}
    return {**found, "AutoV3": weights.hexdigest()[:12]} if header_bytes else found


def _header_bytes(start: bytes) -> int:
    """Where a safetensors file's weights begin; 0 if it is none."""
    if len(start) < 9 or start[8:] != b"{":
        return 0
    (length,) = struct.unpack("<Q", start[:8])
    return 8 + int(length) if length <= _MAX_HEADER_BYTES else 0
