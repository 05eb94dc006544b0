"""A history written before pictures had columns of their own opens with all that it held."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from studio.domain.operation import Operation
from studio.library.index.index import Index
from studio.library.index.rows import NewRow
from studio.library.picture import ParentRole

SCHEMA_1 = Path(__file__).parents[2] / "support" / "histories" / "schema_1.sqlite3"
"""Written by the last release that knew no other schema: seven pictures, the last one's file gone,
made a second apart from 2026-01-01 00:00:01 UTC on."""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return Path(shutil.copy(SCHEMA_1, tmp_path / "history.sqlite3"))


def test_every_picture_is_there_with_what_its_request_says(database: Path, pictures: Path) -> None:
    index = Index(database, pictures)
    assert not index.begun_anew
    page = index.page(None, 10)
    assert [picture.id for picture in page] == [6, 5, 4, 3, 2, 1]
    assert [picture.operation for picture in page[::-1]] == [
        *(Operation.TEXT, Operation.IMAGE, Operation.INPAINT),
        *(Operation.UPSCALE, Operation.STYLE, Operation.BRANCH),
    ]
    first, second = page[-1], page[-2]
    assert first.created == datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert first.path == pictures / "2026-01-01" / "00001-8.png"
    assert (first.seed, first.index, first.rating, first.tags) == (8, 1, 0, ())
    assert first.settings.loras == (("ink", 0.8),)
    assert (first.has_steps, second.has_steps) == (False, True)
    assert [(p.role, p.digest) for p in second.record.parents] == [
        (ParentRole.START, first.pixel_digest)
    ]
    index.close()


def test_its_rows_are_as_if_they_were_added_today(database: Path, pictures: Path) -> None:
    index = Index(database, pictures)
    migrated = index.page(None, 10)
    anew = Index(database.with_name("anew.sqlite3"), pictures)
    for picture in migrated[::-1]:
        name = picture.path.relative_to(pictures).as_posix()
        anew.add(NewRow(name, picture.record, picture.width, picture.height))
    for table, order in (
        ("pictures", "id"),
        ("records", "picture_id"),
        ("parents", "picture_id, position"),
        ("loras", "picture_id"),
        ("words", "rowid"),
    ):
        statement = f"SELECT * FROM {table} ORDER BY {order}"  # noqa: S608
        columns = [row[1] for row in anew.connections.rows(f"PRAGMA table_info({table})")]
        rows = [
            [dict(zip(columns, row, strict=True)) for row in kept.connections.rows(statement)]
            for kept in (index, anew)
        ]
        for kept in rows:
            # Of the one whose file is gone there is no picture to add; steps aren't known.
            kept[:] = [row for row in kept if row.get("id", row.get("picture_id")) != 7][:6]
            for row in kept:
                row.pop("has_steps", None), row.pop("steps_bytes", None)
        assert rows[0] == rows[1], table
    index.close()
    anew.close()


def test_the_old_file_is_kept_as_it_was(database: Path, pictures: Path) -> None:
    Index(database, pictures).close()
    with closing(sqlite3.connect(f"{database}.schema-1")) as backup:
        assert backup.execute("SELECT count(*) FROM pictures").fetchone() == (7,)
        assert backup.execute("PRAGMA user_version").fetchone() == (1,)


def test_a_row_that_cannot_be_read_hides_no_other(database: Path, pictures: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE pictures SET request = '{}' WHERE id = 3")
    index = Index(database, pictures)
    assert [picture.id for picture in index.page(None, 10)] == [6, 5, 4, 2, 1]
    index.close()
