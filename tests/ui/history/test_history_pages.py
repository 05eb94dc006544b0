"""Pages of a long list: what is wished for last comes first, and nothing stands in a wrong row."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QObject
from qasync import QEventLoop

from studio.domain.errors import StorageError, StudioError
from studio.library import Picture
from studio.ui.history.pages import AT_ONCE, MOST_KEPT, MOST_WANTED, PAGE_LENGTH, Pages
from tests.support.samples import a_picture


class Rows:
    """A list of pictures that is read when the test says so."""

    def __init__(self, count: int) -> None:
        self.pictures = [numbered(number) for number in range(count)]
        self.asked: list[int] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.error: StudioError | None = None

    async def read(self, start: int, count: int) -> list[Picture]:
        self.asked.append(start)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return self.pictures[start : start + count]


def numbered(number: int) -> Picture:
    return a_picture(number)


@pytest.fixture
def rows() -> Rows:
    return Rows(5000)


@pytest.fixture
def told() -> list[StudioError]:
    return []


@pytest.fixture
def pages(rows: Rows, told: list[StudioError], qasync_loop: QEventLoop) -> Iterator[Pages]:
    parent = QObject()
    pages = Pages(rows.read, told.append, parent)
    pages.forget(len(rows.pictures))
    yield pages
    parent.deleteLater()


async def idle(pages: Pages) -> None:
    async with asyncio.timeout(10):
        while pages.is_busy():
            await asyncio.sleep(0.001)


async def test_a_page_comes_once_and_stays(pages: Pages, rows: Rows) -> None:
    arrived: list[tuple[int, int]] = []
    pages.arrived.connect(lambda first, last: arrived.append((first, last)))
    assert pages.get(250) is None
    assert pages.get(251) is None
    await idle(pages)
    first, last = 4 * PAGE_LENGTH, 5 * PAGE_LENGTH - 1
    assert rows.asked == [first]
    assert arrived == [(first, last)]
    assert [pages.get(row) for row in (first, 250, last)] == [
        numbered(number) for number in (first, 250, last)
    ]
    assert pages.row_of(250) == 250
    assert rows.asked == [first]


async def test_the_newest_wish_first_and_what_went_past_is_forgotten(
    pages: Pages, rows: Rows
) -> None:
    rows.gate.clear()
    for row in range(0, 30 * PAGE_LENGTH, PAGE_LENGTH):
        pages.get(row)
    rows.gate.set()
    await idle(pages)
    newest = [page * PAGE_LENGTH for page in range(29, 29 - MOST_WANTED, -1)]
    assert rows.asked == [page * PAGE_LENGTH for page in range(AT_ONCE)] + newest


async def test_only_so_many_are_kept(pages: Pages, rows: Rows) -> None:
    for row in range(0, 5000, PAGE_LENGTH):
        pages.get(row)
        await idle(pages)
    assert pages.peek(4999) is not None
    assert pages.peek(5000 - MOST_KEPT) is not None
    assert pages.peek(5000 - MOST_KEPT - 1) is None
    assert sum(pages.peek(row) is not None for row in range(5000)) == MOST_KEPT


async def test_rows_move_with_what_comes_and_goes(pages: Pages, rows: Rows) -> None:
    pages.get(0)
    await idle(pages)
    new = numbered(9000)
    rows.pictures.insert(0, new)
    pages.insert(0, new)
    assert [pages.get(row) for row in range(3)] == [new, numbered(0), numbered(1)]
    del rows.pictures[1:3]
    pages.remove(1, 2)
    await idle(pages)
    assert [pages.get(row) for row in range(3)] == rows.pictures[:3]
    await idle(pages)
    assert [pages.get(row) for row in range(PAGE_LENGTH - 1)] == rows.pictures[: PAGE_LENGTH - 1]


async def test_what_was_read_while_rows_moved_is_read_again(pages: Pages, rows: Rows) -> None:
    rows.gate.clear()
    pages.get(300)
    await asyncio.sleep(0.01)
    new = numbered(9000)
    rows.gate.set()
    rows.pictures.insert(0, new)
    pages.insert(0, new)
    await idle(pages)
    assert pages.peek(300) is None, "nobody knows which rows these are"
    pages.get(300)
    await idle(pages)
    assert pages.get(300) == rows.pictures[300]


async def test_after_another_list_nothing_of_the_old_one_comes(pages: Pages, rows: Rows) -> None:
    rows.gate.clear()
    pages.get(100)
    await asyncio.sleep(0.01)
    pages.forget(10, [numbered(7)])
    rows.gate.set()
    await idle(pages)
    assert pages.peek(100) is None
    assert pages.get(0) == numbered(7)


async def test_what_cannot_be_read_is_told_once(
    pages: Pages, rows: Rows, told: list[StudioError]
) -> None:
    rows.error = StorageError("The history can't be read.")
    for row in (0, 0, 700):
        pages.get(row)
        await idle(pages)
    assert told == [rows.error]


async def test_a_page_with_gaps_is_not_asked_for_for_ever(pages: Pages, rows: Rows) -> None:
    del rows.pictures[4990:]
    for _ in range(3):
        pages.get(4999)
        await idle(pages)
    assert rows.asked == [4999 // PAGE_LENGTH * PAGE_LENGTH]


async def test_newer_descriptions_take_the_place_of_older_ones(pages: Pages) -> None:
    pages.get(0)
    await idle(pages)
    starred = replace(numbered(3), rating=4)
    assert pages.replace([starred, numbered(4000)]) == [3]
    assert pages.get(3) == starred
