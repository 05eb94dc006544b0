"""What was found out about files, remembered as long as they don't change."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from studio.catalog.records import Entry, from_text, to_text

_VERSION: Final = 6
"""To be raised whenever the same file would be found to be something else than before."""
_MAX_ROWS: Final = 50_000
_CREATE: Final = """
CREATE TABLE IF NOT EXISTS probes (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, entry TEXT NOT NULL)
"""
_Rows = dict[str, tuple[str, str]]


class ProbeCache:
    """A cache in one SQLite file, by path and stamp. Blocking; any thread.

    Look up and note while `open`; what is new is written at the end of it. A cache that can't be
    read or written costs time, never an answer; one that `only_looks` writes nothing.
    """

    def __init__(self, file: Path | None, *, only_looks: bool = False) -> None:
        self._file = file
        self._only_looks = only_looks
        self._known: _Rows = {}
        self._new: _Rows = {}

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Read all of it; in the end write what was noted since."""
        self._known, self._new = self._read(), {}
        yield
        if self._new and not self._only_looks:
            self._write()
        self._known, self._new = {}, {}

    def look_up(self, path: Path, stamp: str) -> Entry | None:
        """What the file of this path and stamp was found to be.

        Raises:
            KeyError: it isn't known, or not as it is now.
        """
        known, text = self._known[str(path)]
        if known != stamp:
            raise KeyError(path)
        try:
            return from_text(text)
        except (ValueError, TypeError):
            raise KeyError(path) from None

    def note(self, path: Path, stamp: str, entry: Entry | None) -> None:
        """Remember what the file of this path and stamp is."""
        self._new[str(path)] = (stamp, to_text(entry))

    def _read(self) -> _Rows:
        if self._file is None or not self._file.exists():
            return {}
        try:
            with closing(sqlite3.connect(self._file)) as connection:
                if connection.execute("PRAGMA user_version").fetchone() != (_VERSION,):
                    return {}
                rows = connection.execute("SELECT path, stamp, entry FROM probes")
                return {path: (stamp, entry) for path, stamp, entry in rows}
        except sqlite3.Error:
            return {}

    def _write(self) -> None:
        if self._file is None:
            return
        rows = [
            (path, *row) for path, row in self._new.items() if path.isprintable() or path.isascii()
        ]
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._file)) as connection, connection:
                if connection.execute("PRAGMA user_version").fetchone() != (_VERSION,):
                    connection.execute("DROP TABLE IF EXISTS probes")
                    connection.execute(f"PRAGMA user_version = {_VERSION}")
                connection.execute(_CREATE)
                (count,) = connection.execute("SELECT count(*) FROM probes").fetchone()
                if count > _MAX_ROWS:
                    connection.execute("DELETE FROM probes")
                connection.executemany("REPLACE INTO probes VALUES (?, ?, ?)", rows)
        except sqlite3.DatabaseError as error:
            if not isinstance(error, sqlite3.OperationalError):
                with contextlib.suppress(OSError):
                    self._file.unlink(missing_ok=True)  # damaged: the next one begins anew
        except (OSError, UnicodeEncodeError):
            return
