"""The rows of the history: which pictures there are, in which order they were made."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from studio.library.index import rows
from studio.library.index.connections import Connections
from studio.library.index.marks import UNMARKED, Marks, put
from studio.library.index.rows import NewRow
from studio.library.picture import Picture
from studio.library.query.condition import EVERYTHING, Condition
from studio.library.upkeep.adopting import Adopted
from studio.library.upkeep.file_rows import FileRows, has_row, note_folder

_NEWEST_FIRST: Final = "ORDER BY pictures.created_us DESC, pictures.id DESC LIMIT ?"

# Of one statement; SQLite allows many more.
_MOST_VALUES: Final = 500


class Index:
    """The database of one pictures folder. Safe to use from any thread.

    Rows of pictures whose files are gone stay, unseen, until the files come back. Every method
    may raise StorageError.
    """

    def __init__(self, path: Path, pictures: Path) -> None:
        self.connections = Connections(path)
        self.files = FileRows(self.connections)
        self._pictures = pictures

    @property
    def begun_anew(self) -> bool:
        """Whether what was found couldn't be used."""
        return self.connections.begun_anew

    def close(self) -> None:
        self.connections.close()

    def add(self, row: NewRow, said: Marks = UNMARKED) -> Picture:
        """Commit a row, with what the artist said of the picture."""
        with self.connections.writing() as connection:
            return self._insert(connection, row, said)

    def adopt(self, found: Iterable[Adopted]) -> list[Picture]:
        """Add rows for files that have none yet, all at once."""
        with self.connections.writing() as connection:
            return [
                self._insert(connection, one.row, one.marks)
                for one in found
                if not has_row(connection, one.row.path)
            ]

    def set_pixels(self, picture: Picture, digest: str) -> None:
        """Note which pixels a picture has."""
        with self.connections.writing() as connection:
            values = (digest, picture.id)
            connection.execute("UPDATE pictures SET pixel_digest = ? WHERE id = ?", values)

    def remove(self, picture: Picture) -> None:
        with self.connections.writing() as connection:
            rows.remove(connection, picture.id)

    def row(self, picture: Picture) -> NewRow:
        """What `add` needs to put a picture back as it is now, under its own number."""
        statement = "SELECT path, steps_bytes, file_digest, steps_pruned FROM pictures WHERE id = ?"
        ((path, steps_bytes, file_digest, pruned),) = self.connections.rows(
            statement, (picture.id,)
        ) or ((picture.path.relative_to(self._pictures).as_posix(), 0, "", 0),)
        return NewRow(
            path,
            picture.record,
            picture.width,
            picture.height,
            steps_bytes,
            picture.imported,
            file_digest,
            picture.id,
            bool(pruned),
        )

    def page(
        self, before: Picture | None, limit: int, condition: Condition = EVERYTHING
    ) -> list[Picture]:
        """The newest pictures, or those that come after `before`, newest first."""
        where, values = f"pictures.present AND ({condition.sql})", list(condition.values)
        if before is not None:
            where += " AND (pictures.created_us, pictures.id) < (?, ?)"
            values += [rows.microseconds(before.created), before.id]
        # First which ones, from indexes alone: to sort whole rows takes ten times as long.
        chosen = f"SELECT pictures.id FROM pictures WHERE {where} {_NEWEST_FIRST}"  # noqa: S608
        newest_first = "ORDER BY pictures.created_us DESC, pictures.id DESC"
        return self.select(f"pictures.id IN ({chosen}) {newest_first}", (*values, limit))

    def count(self, condition: Condition = EVERYTHING) -> int:
        """How many pictures there are of which this is true."""
        where = f"pictures.present AND ({condition.sql})"
        statement = f"SELECT count(*) FROM pictures WHERE {where}"  # noqa: S608
        return int(self.connections.rows(statement, condition.values)[0][0])

    def get(self, picture_id: int) -> Picture | None:
        found = self.select("pictures.present AND pictures.id = ?", (picture_id,))
        return next(iter(found), None)

    def pictures(self, picture_ids: Sequence[int]) -> list[Picture]:
        """Those that are there, in this order."""
        found: dict[int, Picture] = {}
        for start in range(0, len(picture_ids), _MOST_VALUES):
            some = picture_ids[start : start + _MOST_VALUES]
            marks = ",".join("?" * len(some))
            where = f"pictures.present AND pictures.id IN ({marks})"
            found.update((picture.id, picture) for picture in self.select(where, some))
        return [found[picture_id] for picture_id in picture_ids if picture_id in found]

    def find(self, pixel_digest: str) -> Picture | None:
        """The newest picture with these pixels."""
        where = f"pictures.present AND pictures.pixel_digest = ? {_NEWEST_FIRST}"
        return next(iter(self.select(where, (pixel_digest, 1))), None)

    def made_by(self, request_digest: str) -> Picture | None:
        """The newest picture of this request."""
        where = f"pictures.present AND request_digest = ? {_NEWEST_FIRST}"
        return next(iter(self.select(where, (request_digest, 1))), None)

    def members(self, collection: str) -> list[Picture]:
        """The pictures of a collection, newest first."""
        chosen = (
            "SELECT picture_id FROM members WHERE collection_id ="
            " (SELECT id FROM collections WHERE name = ?)"
        )
        where = f"pictures.present AND pictures.id IN ({chosen}) {_NEWEST_FIRST}"
        return self.select(where, (collection, -1))

    def with_steps(self, request_digest: str) -> Picture | None:
        """The newest picture of this request of which steps were kept."""
        where = f"pictures.present AND request_digest = ? AND has_steps {_NEWEST_FIRST}"
        return next(iter(self.select(where, (request_digest, 1))), None)

    def select(self, where: str, values: Sequence[object] = ()) -> list[Picture]:
        """The pictures that a WHERE clause of ours, with what follows it, chooses."""
        found = self.connections.rows(f"{rows.SELECT} WHERE {where}", values)
        return rows.pictures_of(found, self._pictures)

    def _insert(self, connection: sqlite3.Connection, row: NewRow, said: Marks) -> Picture:
        picture = rows.insert(connection, row, self._pictures)
        note_folder(connection, row.path)
        if said == UNMARKED:
            return picture
        put(connection, picture.id, said)
        (again,) = connection.execute(f"{rows.SELECT} WHERE pictures.id = ?", (picture.id,))
        return rows.pictures_of([again], self._pictures)[0]
