"""sha256 of large files, computed once and remembered as long as the file doesn't change."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

_CREATE: Final = """
CREATE TABLE IF NOT EXISTS checksums (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL
)
"""


class Checksums:
    """A cache in one SQLite file, by (path, size, time of change). Blocking; any thread.

    A cache that can't be read or written costs time, never an answer.
    """

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    def sha256(self, path: Path) -> str:
        """The file's sha256 in hex. Reads all of it the first time.

        Raises:
            OSError: the file can't be read.
        """
        path = path.resolve()
        status = path.stat()
        key = (str(path), status.st_size, status.st_mtime_ns)
        known = self._recall(key)
        if known is not None:
            return known
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self._remember(key, digest)
        return digest

    def _recall(self, key: tuple[str, int, int]) -> str | None:
        if not self._cache.exists():
            return None
        try:
            with closing(sqlite3.connect(self._cache)) as connection:
                row = connection.execute(
                    "SELECT sha256 FROM checksums WHERE path = ? AND size = ? AND mtime_ns = ?", key
                ).fetchone()
        except sqlite3.Error:
            return None
        return str(row[0]) if row else None

    def _remember(self, key: tuple[str, int, int], digest: str) -> None:
        try:
            self._cache.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._cache)) as connection, connection:
                connection.execute(_CREATE)
                connection.execute("REPLACE INTO checksums VALUES (?, ?, ?, ?)", (*key, digest))
        except sqlite3.DatabaseError as error:
            if not isinstance(error, sqlite3.OperationalError):
                self._cache.unlink(missing_ok=True)  # damaged: the next answer starts a new one
        except OSError:
            return
