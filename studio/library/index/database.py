"""Opening the history's SQLite file: checked, migrated, or put aside and begun anew.

WAL and synchronous=FULL: what was committed survives a power cut.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from studio.domain.errors import StorageError
from studio.library.index.schema import MIGRATIONS, Migrations
from studio.library.query.words import folded

log = logging.getLogger(__name__)

APPLICATION_ID: Final = 0x50454E54  # “PENT”
_BUSY_TIMEOUT_MS: Final = 10_000
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def open_database(
    path: Path, migrations: Migrations = MIGRATIONS
) -> tuple[sqlite3.Connection, bool]:
    """A connection to the history, and whether it was begun anew because of what was found.

    A file that is damaged, not ours or from a newer studio is put aside under another name,
    untouched. Before a migration the old file is copied to `NAME.schema-N`. A file that wasn't
    closed in order, or was changed since, is looked through for damage.

    Raises:
        StorageError: the file can't be opened or written at all.
    """
    with storage_errors(path):
        reason = _unusable(path, len(migrations)) if path.exists() else ""
        if reason:
            put_aside(path, reason)
        connection = connect(path)
        try:
            _migrate(connection, path, migrations)
        except BaseException:
            connection.close()
            raise
        return connection, bool(reason)


def connect(path: Path) -> sqlite3.Connection:
    """A connection that several threads may use, one at a time, with explicit transactions."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.create_function("folded", 1, folded, deterministic=True)
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of the block or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have rolled it back already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Put what SQLite says into a sentence about the history at `path`.

    Raises:
        StorageError: instead of any sqlite3.Error.
    """
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGED:
            doubt(path)
        if code == sqlite3.SQLITE_FULL:
            sentence, remedy = "The disk is full: the history", "Free some space, then try again."
        elif code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            sentence, remedy = (
                "Another program holds the history: it",
                "Close the other program, then try again.",
            )
        else:
            sentence, remedy = "The history", "Look at the folder's rights and free space."
        raise StorageError(f"{sentence} “{path}” couldn't be used ({error}).", remedy) from error


def _unusable(path: Path, newest: int) -> str:
    """Why this file can't serve as the history; empty if it can. Doesn't change the file."""
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if application != APPLICATION_ID:
                # A crash before the first commit leaves an empty file: that one is ours to use.
                return "it is not a history of the studio" if tables or version else ""
            if version > newest:
                return "it was written by a newer studio"
            # It reads the whole file, and of a million pictures that takes seconds.
            if _was_left_whole(path):
                return ""
            (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            return "" if answer == "ok" else f"it is damaged: {answer}"
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
            return f"it is damaged: {error}"
        raise


def leave_whole(path: Path) -> None:
    """Note how the file is after its last connection was closed in order: while it stays so, it
    needn't be looked through when it is opened next time."""
    with suppress(OSError):
        if not _has_rest(path):
            _mark(path).write_text(_state(path))


def doubt(path: Path) -> None:
    """Have the file looked through when it is opened next time."""
    with suppress(OSError):
        _mark(path).unlink(missing_ok=True)


def _was_left_whole(path: Path) -> bool:
    with suppress(OSError):
        return not _has_rest(path) and _mark(path).read_text() == _state(path)
    return False


def _state(path: Path) -> str:
    status = path.stat()
    return f"{status.st_size} {status.st_mtime_ns}"


def _mark(path: Path) -> Path:
    return path.with_name(f"{path.name}.whole")


def _has_rest(path: Path) -> bool:
    """Whether commits are still in the log beside it."""
    log_file = path.with_name(f"{path.name}-wal")
    return log_file.exists() and log_file.stat().st_size > 0


def put_aside(path: Path, reason: str) -> None:
    """Give a database that nobody has open another name, with all that belongs to it."""
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S-%f")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(path.with_name(f"{path.name}.aside-{stamp}{suffix}"))
    log.warning("history put aside as %s.aside-%s: %s", path, stamp, reason)


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Migrations) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == len(migrations):
        return
    if version:
        backup = path.with_name(f"{path.name}.schema-{version}")
        backup.unlink(missing_ok=True)
        connection.execute("VACUUM INTO ?", (str(backup),))
    with transaction(connection):
        # Another process may have done it while this one waited for the lock.
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for steps in migrations[version:]:
            for step in steps:
                if callable(step):
                    step(connection)
                else:
                    connection.execute(step)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
