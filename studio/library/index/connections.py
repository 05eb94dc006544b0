"""The history's connections to SQLite: one writes, a few read beside it."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from studio.library.index.database import (
    connect,
    leave_whole,
    open_database,
    storage_errors,
    transaction,
)

READERS: Final = 3


class Connections:
    """Opens the database at `path`. Safe to use from any thread.

    Readers never wait for a commit to reach the disk, and a long reading doesn't keep short ones
    waiting. Every method may raise StorageError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer, self.begun_anew = open_database(path)
        self._write_lock = threading.Lock()
        self._is_closed = False
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        with storage_errors(path):
            for _ in range(READERS):
                self._idle.put(connect(path))

    def close(self) -> None:
        """Wait for what is being read and written, then close. Safe to call more than once."""
        if self._is_closed:
            return
        self._is_closed = True
        readers = [self._idle.get() for _ in range(READERS)]
        for reader in readers:
            reader.close()
            # Who comes too late is told so, and doesn't wait for ever.
            self._idle.put(reader)
        with self._write_lock:
            self._writer.close()
        leave_whole(self._path)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of the block or nothing of it."""
        with self._write_lock, storage_errors(self._path), transaction(self._writer):
            yield self._writer

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for statements that all see the history as it is in one moment."""
        connection = self._idle.get()
        try:
            with storage_errors(self._path):
                connection.execute("BEGIN")
                try:
                    yield connection
                finally:
                    connection.execute("ROLLBACK")
        finally:
            self._idle.put(connection)

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """All rows of one statement that only reads."""
        connection = self._idle.get()
        try:
            with storage_errors(self._path):
                return connection.execute(statement, values).fetchall()
        finally:
            self._idle.put(connection)
