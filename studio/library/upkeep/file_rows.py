"""The rows of the history as files: which folder, which name, there or gone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from studio.library.index.connections import Connections


class FileRow(NamedTuple):
    """What a row says of a file. `steps_bytes` is the size of its steps' file, 0 without one."""

    picture_id: int
    name: str
    present: bool
    steps_bytes: int
    steps_pruned: bool


class FileRows:
    """Blocking, and safe to use from any thread. Every method may raise StorageError."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def in_folder(self, folder: str) -> list[FileRow]:
        """All rows of one folder, those whose files are gone included."""
        found = self._connections.rows(
            "SELECT id, path, present, has_steps * steps_bytes, steps_pruned FROM pictures"
            " WHERE path > ? AND path < ?",
            # The sign after the slash.
            (f"{folder}/", f"{folder}0"),
        )
        return [
            FileRow(id_, path[len(folder) + 1 :], bool(present), size, bool(pruned))
            for id_, path, present, size, pruned in found
        ]

    def stamps(self) -> dict[str, tuple[int, int]]:
        """How each folder, and that of its steps, was when it was last looked into."""
        found = self._connections.rows("SELECT name, changed_ns, steps_changed_ns FROM folders")
        return {name: (changed, steps_changed) for name, changed, steps_changed in found}

    def set_stamps(self, stamps: Mapping[str, tuple[int, int]]) -> None:
        """Note how folders are; those that are gone are forgotten."""
        if not stamps:
            return
        with self._connections.writing() as connection:
            connection.executemany(
                "DELETE FROM folders WHERE name = ?", [(name,) for name in stamps]
            )
            connection.executemany(
                "INSERT INTO folders (name, changed_ns, steps_changed_ns) VALUES (?, ?, ?)",
                [(name, *stamp) for name, stamp in stamps.items() if any(stamp)],
            )

    def set_present(self, gone: Iterable[int], back: Iterable[int]) -> None:
        """Note which rows' files are gone and which are back."""
        changes = [*((0, picture_id) for picture_id in gone), *((1, each) for each in back)]
        if changes:
            with self._connections.writing() as connection:
                connection.executemany("UPDATE pictures SET present = ? WHERE id = ?", changes)

    def set_steps(self, sizes: Iterable[tuple[int, int]]) -> None:
        """Note how large the steps' files of rows are; 0 where there is none."""
        changes = [(size > 0, size, picture_id) for picture_id, size in sizes]
        if changes:
            with self._connections.writing() as connection:
                connection.executemany(
                    "UPDATE pictures SET has_steps = ?, steps_bytes = ? WHERE id = ?", changes
                )


def note_folder(connection: sqlite3.Connection, path: str) -> None:
    """Remember the folder of a new row as one that is to be looked into."""
    connection.execute(
        "INSERT OR IGNORE INTO folders (name, changed_ns, steps_changed_ns) VALUES (?, -1, -1)",
        (path.partition("/")[0],),
    )


def has_row(connection: sqlite3.Connection, path: str) -> bool:
    """Whether a file has a row, whether or not it was gone."""
    found = connection.execute("SELECT 1 FROM pictures WHERE path = ?", (path,))
    return found.fetchone() is not None
