"""What the artist says of pictures: stars, tags and collections, in the rows of the history.

Each change is noted as unsaved in the same transaction, until it is in the picture's sidecar.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from studio.domain.errors import UsageError
from studio.library.index.connections import Connections
from studio.library.picture import Picture
from studio.library.query.words import searchable
from studio.library.settings import clean_name

MAX_RATING: Final = 5
MAX_TAGS: Final = 100


@dataclass(frozen=True, slots=True)
class Collection:
    """Pictures that the artist put together under a name."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Marks:
    """All that is said of one picture."""

    rating: int = 0
    tags: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()


UNMARKED: Final = Marks()


@dataclass(frozen=True, slots=True)
class Unsaved:
    """Marks that aren't in the sidecar of the picture at `path` yet.

    `path` is relative, with forward slashes; `saved_tags` are those that the sidecar has. `changes`
    tells this state from a later one.
    """

    picture_id: int
    path: str
    marks: Marks
    saved_tags: tuple[str, ...]
    changes: int


class MarkRows:
    """Blocking, and safe to use from any thread. Every method may raise StorageError."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def rate(self, pictures: Sequence[Picture], rating: int) -> None:
        """Give pictures 0 to 5 stars."""
        if not 0 <= rating <= MAX_RATING:
            raise UsageError(f"A picture has 0 to {MAX_RATING} stars, not {rating}.")
        with self._connections.writing() as connection:
            for picture in pictures:
                _note(connection, picture.id)
                values = (rating, picture.id)
                connection.execute("UPDATE pictures SET rating = ? WHERE id = ?", values)

    def tag(
        self, pictures: Sequence[Picture], add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> None:
        """Add tags to pictures and take others away; a tag is one short line of text."""
        added, removed = _names(add), set(_names(remove))
        with self._connections.writing() as connection:
            for picture in pictures:
                _note(connection, picture.id)
                tags = _tags_of(connection, picture.id)
                kept = [tag for tag in dict.fromkeys((*tags, *added)) if tag not in removed]
                put_tags(connection, picture.id, kept[:MAX_TAGS])

    def collections(self) -> list[Collection]:
        """All collections with the number of their pictures, by name."""
        found = self._connections.rows(
            # Those whose files are gone are few: nobody need look at the rows of all the others.
            "SELECT name, (SELECT count(*) FROM members WHERE collection_id = collections.id"
            " AND picture_id NOT IN (SELECT id FROM pictures WHERE NOT present))"
            " FROM collections ORDER BY name COLLATE NOCASE"
        )
        return [Collection(name, count) for name, count in found]

    def collect(self, name: str, pictures: Sequence[Picture]) -> None:
        """Put pictures into a collection, which is made if there is none of that name.

        Raises:
            UsageError: the name is empty.
        """
        name = _collection_name(name)
        with self._connections.writing() as connection:
            for picture in pictures:
                _note(connection, picture.id)
            put_into_collection(connection, name, [picture.id for picture in pictures])

    def discard(self, name: str, pictures: Sequence[Picture]) -> None:
        """Take pictures out of a collection."""
        with self._connections.writing() as connection:
            for picture in pictures:
                _note(connection, picture.id)
            connection.executemany(
                "DELETE FROM members WHERE picture_id = ? AND collection_id ="
                " (SELECT id FROM collections WHERE name = ?)",
                [(picture.id, clean_name(name)) for picture in pictures],
            )

    def rename_collection(self, name: str, new_name: str) -> None:
        """Call a collection something else; one of the new name takes its pictures in.

        Raises:
            UsageError: the new name is empty.
        """
        members = self._members(name)
        if clean_name(new_name) == name:
            return
        with self._connections.writing() as connection:
            for picture_id in members:
                _note(connection, picture_id)
            put_into_collection(connection, _collection_name(new_name), members)
            connection.execute("DELETE FROM collections WHERE name = ?", (name,))

    def remove_collection(self, name: str) -> None:
        """Forget a collection; its pictures stay."""
        members = self._members(name)
        with self._connections.writing() as connection:
            for picture_id in members:
                _note(connection, picture_id)
            connection.execute("DELETE FROM collections WHERE name = ?", (name,))

    def _members(self, name: str) -> list[int]:
        found = self._connections.rows(
            "SELECT picture_id FROM members JOIN collections ON collections.id = collection_id"
            " WHERE name = ?",
            (name,),
        )
        return [picture_id for (picture_id,) in found]

    def of(self, picture: Picture) -> Marks:
        """All that is said of a picture."""
        with self._connections.reading() as connection:
            return _marks_of(connection, picture.id)

    def unsaved(self, limit: int) -> list[Unsaved]:
        """Marks of pictures that are there and whose sidecars don't say so yet."""
        with self._connections.reading() as connection:
            found = connection.execute(
                "SELECT picture_id, path, saved_tags, changes FROM unsaved"
                " JOIN pictures ON pictures.id = picture_id WHERE present LIMIT ?",
                (limit,),
            ).fetchall()
            return [
                Unsaved(id_, path, _marks_of(connection, id_), tuple(tags.splitlines()), changes)
                for id_, path, tags, changes in found
            ]

    def note(self, pictures: Iterable[Picture]) -> None:
        """Have the sidecars of pictures compared with the rows next time."""
        with self._connections.writing() as connection:
            for picture in pictures:
                _note(connection, picture.id)

    def saved(self, unsaved: Iterable[Unsaved]) -> None:
        """These are in their sidecars. What changed since stays unsaved."""
        with self._connections.writing() as connection:
            connection.executemany(
                "DELETE FROM unsaved WHERE picture_id = ? AND changes = ?",
                [(one.picture_id, one.changes) for one in unsaved],
            )


def put(connection: sqlite3.Connection, picture_id: int, marks: Marks) -> None:
    """Give a new row the marks that its sidecar tells of."""
    values = (min(MAX_RATING, max(0, marks.rating)), picture_id)
    connection.execute("UPDATE pictures SET rating = ? WHERE id = ?", values)
    put_tags(connection, picture_id, _names(marks.tags)[:MAX_TAGS])
    for name in _names(marks.collections):
        put_into_collection(connection, name, [picture_id])


def put_tags(connection: sqlite3.Connection, picture_id: int, tags: Sequence[str]) -> None:
    """Let a row have these tags and no others."""
    text = "\n".join(tags)
    connection.execute("UPDATE pictures SET tags = ? WHERE id = ?", (text, picture_id))
    connection.execute("DELETE FROM tags WHERE picture_id = ?", (picture_id,))
    connection.executemany(
        "INSERT INTO tags (tag, picture_id) SELECT ?, id FROM pictures WHERE id = ?",
        [(tag, picture_id) for tag in tags],
    )
    connection.execute("UPDATE words SET tags = ? WHERE rowid = ?", (searchable(text), picture_id))


def put_into_collection(
    connection: sqlite3.Connection, name: str, picture_ids: Sequence[int]
) -> None:
    """Let rows be of a collection, which is made if there is none of that name."""
    connection.execute("INSERT OR IGNORE INTO collections (name) VALUES (?)", (name,))
    connection.executemany(
        "INSERT OR IGNORE INTO members (collection_id, picture_id)"
        " SELECT collections.id, pictures.id FROM collections, pictures"
        " WHERE collections.name = ? AND pictures.id = ?",
        [(name, picture_id) for picture_id in picture_ids],
    )


def _note(connection: sqlite3.Connection, picture_id: int) -> None:
    """What the sidecar says is about to be outdated."""
    connection.execute(
        "INSERT INTO unsaved (picture_id, saved_tags) SELECT id, tags FROM pictures WHERE id = ?"
        " ON CONFLICT (picture_id) DO UPDATE SET changes = changes + 1",
        (picture_id,),
    )


def _marks_of(connection: sqlite3.Connection, picture_id: int) -> Marks:
    row = connection.execute("SELECT rating FROM pictures WHERE id = ?", (picture_id,)).fetchone()
    collections = connection.execute(
        "SELECT name FROM members JOIN collections ON collections.id = collection_id"
        " WHERE picture_id = ? ORDER BY name",
        (picture_id,),
    ).fetchall()
    names = tuple(name for (name,) in collections)
    return Marks(row[0] if row else 0, tuple(_tags_of(connection, picture_id)), names)


def _tags_of(connection: sqlite3.Connection, picture_id: int) -> list[str]:
    row = connection.execute("SELECT tags FROM pictures WHERE id = ?", (picture_id,)).fetchone()
    return row[0].splitlines() if row else []


def _collection_name(text: str) -> str:
    name = clean_name(text)
    if not name:
        raise UsageError("A collection needs a name.", "Write one.")
    return name


def _names(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, map(clean_name, texts))))
