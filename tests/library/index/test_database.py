from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from studio.domain.errors import StorageError
from studio.library.index.database import (
    APPLICATION_ID,
    leave_whole,
    open_database,
    storage_errors,
    transaction,
)
from studio.library.index.schema import MIGRATIONS

FUTURE = (*MIGRATIONS, ("ALTER TABLE pictures ADD COLUMN starred INTEGER NOT NULL DEFAULT 0",))
BROKEN = (
    *MIGRATIONS,
    ("CREATE TABLE albums (id INTEGER PRIMARY KEY)", "CREATE TABLE pictures (x)"),
)
ROW = (
    "INSERT INTO pictures (path, request_digest, batch_index, width, height, created_us, day,"
    " operation, pixel_digest, elapsed_s, has_steps)"
    " VALUES ('a.png', '', 0, 1, 1, 1, 19700101, 'text', '', 0.5, 0)"
)


def pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


def make(path: Path, *statements: str) -> bytes:
    """Make a database with our schema, then run statements; returns its bytes."""
    with closing(open_database(path)[0]) as connection:
        for statement in statements:
            connection.execute(statement)
    return path.read_bytes()


def test_a_new_history_is_durable_and_says_whose_it_is(path: Path) -> None:
    connection, begun_anew = open_database(path)
    with closing(connection):
        assert not begun_anew
        assert pragma(connection, "journal_mode") == "wal"
        assert pragma(connection, "synchronous") == 2  # FULL
        assert pragma(connection, "foreign_keys") == 1
        assert pragma(connection, "user_version") == len(MIGRATIONS)
        assert pragma(connection, "application_id") == APPLICATION_ID


def test_what_is_in_it_stays(path: Path) -> None:
    make(path, ROW)
    connection, begun_anew = open_database(path)
    with closing(connection):
        assert not begun_anew
        assert connection.execute("SELECT path FROM pictures").fetchall() == [("a.png",)]


def test_a_migration_keeps_the_rows_and_a_copy_of_the_old_file(path: Path) -> None:
    make(path, ROW)
    connection, begun_anew = open_database(path, FUTURE)
    with closing(connection):
        assert not begun_anew
        assert connection.execute("SELECT path, starred FROM pictures").fetchall() == [("a.png", 0)]
        assert pragma(connection, "user_version") == len(FUTURE)
    with closing(
        sqlite3.connect(path.with_name(f"{path.name}.schema-{len(MIGRATIONS)}"))
    ) as backup:
        assert backup.execute("SELECT path FROM pictures").fetchall() == [("a.png",)]
        assert pragma(backup, "user_version") == len(MIGRATIONS)


def test_a_migration_happens_wholly_or_not_at_all(path: Path) -> None:
    make(path, ROW)
    with pytest.raises(StorageError):
        open_database(path, BROKEN)
    connection, begun_anew = open_database(path)
    with closing(connection):
        assert not begun_anew
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
        assert "albums" not in tables
        assert connection.execute("SELECT count(*) FROM pictures").fetchone() == (1,)


@pytest.mark.parametrize(
    "statements",
    [
        (f"PRAGMA user_version = {len(MIGRATIONS) + 1}",),
        ("PRAGMA application_id = 7",),
        ("PRAGMA application_id = 0", "PRAGMA user_version = 0"),
    ],
    ids=["newer", "of another program", "of nobody"],
)
def test_what_is_not_ours_to_change_is_put_aside_untouched(
    path: Path, statements: tuple[str, ...]
) -> None:
    content = make(path, ROW, *statements)
    connection, begun_anew = open_database(path)
    with closing(connection):
        assert begun_anew
        assert connection.execute("SELECT count(*) FROM pictures").fetchone() == (0,)
    aside = [other for other in path.parent.glob("*.aside-*") if other.name[-4] != "-"]
    assert [other.read_bytes() for other in aside] == [content]


def test_commits_that_are_still_in_the_log_go_aside_with_the_file(path: Path) -> None:
    connection, _ = open_database(path)
    connection.execute(ROW)
    connection.execute("PRAGMA user_version = 99")
    # As a killed process leaves it: the file and the log that belongs to it.
    copies = {part: part.read_bytes() for part in path.parent.iterdir()}
    connection.close()
    for part, content in copies.items():
        part.write_bytes(content)
    open_database(path)[0].close()
    (aside,) = [other for other in path.parent.glob("*.aside-*") if other.name[-4] != "-"]
    with closing(sqlite3.connect(aside)) as connection:
        assert pragma(connection, "user_version") == 99
        assert connection.execute("SELECT path FROM pictures").fetchall() == [("a.png",)]


def test_an_empty_file_is_used(path: Path) -> None:
    path.touch()
    connection, begun_anew = open_database(path)
    connection.close()
    assert not begun_anew


def test_a_place_that_cannot_be_opened_is_said_and_nothing_moved(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StorageError, match="couldn't be used") as raised:
        open_database(path)
    assert raised.value.remedy
    assert [other.name for other in path.parent.iterdir()] == [path.name]


def test_a_transaction_that_raises_leaves_nothing(path: Path) -> None:
    connection, _ = open_database(path)
    with closing(connection):
        with pytest.raises(KeyError), transaction(connection):
            connection.execute(ROW)
            raise KeyError
        assert connection.execute("SELECT count(*) FROM pictures").fetchone() == (0,)
        with transaction(connection):
            connection.execute(ROW)
        assert connection.execute("SELECT count(*) FROM pictures").fetchone() == (1,)


def test_what_was_closed_in_order_is_not_looked_through_again(path: Path) -> None:
    make(path, ROW)
    content = path.read_bytes()
    damaged = content[:4096] + b"\xa5" * 4096 + content[8192:]
    status = path.stat()
    leave_whole(path)
    # As nobody but a failing disk does it: other bytes, the same date.
    path.write_bytes(damaged)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    connection, begun_anew = open_database(path)
    connection.close()
    assert not begun_anew
    # Whoever meets the damage has it looked through next time.
    with pytest.raises(StorageError), storage_errors(path):
        raise_corrupt()
    connection, begun_anew = open_database(path)
    connection.close()
    assert begun_anew


def raise_corrupt() -> None:
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    raise error


def test_what_was_not_closed_in_order_is_looked_through(path: Path) -> None:
    make(path, ROW)
    leave_whole(path)
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xa5" * 4096 + content[8192:])
    connection, begun_anew = open_database(path)
    connection.close()
    assert begun_anew
