"""Searches that the artist keeps by name: in the database, and in a small file beside it, from
which they come back when the database is made anew.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from studio.domain.errors import UsageError
from studio.library.files.disk import Disk, storage_errors
from studio.library.index.connections import Connections
from studio.library.settings import clean_name, clean_text

log = logging.getLogger(__name__)

FILE: Final = "searches.json"
_MAX_CHARS: Final = 10_000
_MAX_SEARCHES: Final = 1000
_MAX_FILE_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """What `parse` reads, under a name."""

    name: str
    text: str


class SavedSearches:
    """Blocking, and safe to use from any thread; methods may raise StorageError.

    Args:
        connections: to the history's database.
        data: the folder in which their file lies.
    """

    def __init__(self, connections: Connections, data: Path, disk: Disk | None = None) -> None:
        self._connections = connections
        self._path = data / FILE
        self._disk = disk or Disk()

    def all(self) -> list[SavedSearch]:
        """In the order in which they were saved first."""
        rows = self._connections.rows("SELECT name, query FROM saved_searches ORDER BY id")
        return [SavedSearch(name, text) for name, text in rows]

    def save(self, name: str, text: str) -> SavedSearch:
        """Keep a search; one of the same name is replaced.

        Raises:
            UsageError: the name is empty.
        """
        search = SavedSearch(clean_name(name), clean_text(text, _MAX_CHARS))
        if not search.name:
            raise UsageError("A saved search needs a name.", "Write one.")
        with self._connections.writing() as connection:
            connection.execute(
                "INSERT INTO saved_searches (name, query) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET query = excluded.query",
                (search.name, search.text),
            )
        self._write()
        return search

    def remove(self, name: str) -> None:
        """Forget the search of this name, if there is one."""
        with self._connections.writing() as connection:
            connection.execute("DELETE FROM saved_searches WHERE name = ?", (name,))
        self._write()

    def restore(self) -> int:
        """Take into a database that has none what the file still knows; how many those were."""
        if self.all():
            return 0
        found = self._read()
        with self._connections.writing() as connection:
            before = connection.total_changes
            connection.executemany(
                "INSERT OR IGNORE INTO saved_searches (name, query) VALUES (?, ?)",
                [(search.name, search.text) for search in found],
            )
            return connection.total_changes - before

    def _write(self) -> None:
        searches = [{"name": search.name, "query": search.text} for search in self.all()]
        content = json.dumps({"searches": searches}, ensure_ascii=False, indent=1).encode()
        with storage_errors(self._path):
            self._disk.replace(self._path, content)

    def _read(self) -> list[SavedSearch]:
        try:
            if self._path.stat().st_size > _MAX_FILE_BYTES:
                return []
            told = json.loads(self._path.read_text(encoding="utf-8"))["searches"]
            found = [
                SavedSearch(clean_name(one["name"]), clean_text(one["query"], _MAX_CHARS))
                for one in told[:_MAX_SEARCHES]
            ]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            log.warning("saved searches can't be read from %s: %s", self._path, error)
            return []
        return [search for search in found if search.name]
