"""The history as rows: pages, headings, what comes and what goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.domain.errors import StorageError, StudioError
from studio.library import Picture
from studio.ui.history import history_model
from studio.ui.history.history_model import PICTURE_ROLE, HistoryModel
from studio.ui.session import Session
from tests.support.fakes import picture_pixels
from tests.support.samples import a_request
from tests.ui.history.conftest import Make

Open = Callable[[], HistoryModel]


@pytest.fixture
def told() -> list[StudioError]:
    return []


@pytest.fixture
def open_model(
    session: Session, qtbot: QtBot, qasync_loop: QEventLoop, told: list[StudioError]
) -> Iterator[Open]:
    """Makes a model that knows nothing yet of what the library already holds."""
    models: list[HistoryModel] = []

    def open_model() -> HistoryModel:
        models.append(HistoryModel(session.library, told.append))
        return models[-1]

    yield open_model
    for model in models:
        model.deleteLater()


@pytest.fixture
def model(open_model: Open) -> HistoryModel:
    return open_model()


async def load(model: HistoryModel) -> None:
    while model._tasks or model.canFetchMore():
        model.fetchMore()
        await asyncio.sleep(0.001)


def rows(model: HistoryModel) -> list[str]:
    """Headings by name, pictures by seed."""
    entries = [model.entry(row) for row in range(model.rowCount())]
    return [
        str(entry.request.seed) if isinstance(entry, Picture) else model.index(row).data()
        for row, entry in enumerate(entries)
    ]


async def test_newest_first_under_days(open_model: Open, make: Make) -> None:
    await make(2, days_ago=1)
    await make(2)
    model = open_model()
    await load(model)
    assert rows(model) == ["Today", "3", "2", "Yesterday", "1", "0"]


async def test_pages_join_without_a_second_heading(
    open_model: Open, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_model, "PAGE_LENGTH", 3)
    await make(2, days_ago=1)
    await make(5)
    model = open_model()
    model.fetchMore()
    model.fetchMore()
    while model._tasks:
        await asyncio.sleep(0.001)
    assert rows(model) == ["Today", "6", "5", "4"], "one page at a time"
    await load(model)
    assert rows(model) == ["Today", "6", "5", "4", "3", "2", "Yesterday", "1", "0"]
    assert not model.canFetchMore()


async def test_what_is_new_comes_on_top_at_once(model: HistoryModel, make: Make) -> None:
    await make(1, days_ago=1)
    await load(model)
    assert rows(model) == ["Yesterday", "0"]
    await make(2)
    assert rows(model) == ["Today", "2", "1", "Yesterday", "0"]


async def test_what_comes_while_a_page_is_read_is_there_once(open_model: Open, make: Make) -> None:
    await make(3)
    model = open_model()
    model.fetchMore()
    await make(1)
    await load(model)
    assert rows(model) == ["Today", "3", "2", "1", "0"]


async def test_deleted_pictures_go_with_their_heading(
    model: HistoryModel, session: Session, make: Make
) -> None:
    old = await make(2, days_ago=1)
    new = await make(2)
    await load(model)
    await session.library.delete([new[0]])
    assert rows(model) == ["Today", "3", "Yesterday", "1", "0"]
    await session.library.delete(old)
    assert rows(model) == ["Today", "3"]
    await session.library.delete([new[1]])
    assert rows(model) == []
    assert model.is_empty()


async def test_what_is_deleted_while_a_page_is_read_stays_away(
    open_model: Open, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await make(3)
    model = open_model()
    read, go_on = asyncio.Event(), asyncio.Event()
    real_page = session.library.page

    async def slow_page(before: Picture | None, limit: int) -> list[Picture]:
        page = await real_page(before, limit)
        read.set()
        await go_on.wait()
        return page

    monkeypatch.setattr(session.library, "page", slow_page)
    model.fetchMore()
    await read.wait()
    await session.library.delete([made[1]])
    go_on.set()
    await load(model)
    assert rows(model) == ["Today", "2", "0"]


async def test_headings_are_not_selectable(model: HistoryModel, make: Make) -> None:
    await make(1)
    await load(model)
    heading, picture = model.index(0), model.index(1)
    assert model.flags(heading) == Qt.ItemFlag.NoItemFlags
    assert isinstance(model.entry(0), date)
    assert model.flags(picture) & Qt.ItemFlag.ItemIsSelectable
    assert model.flags(picture) & Qt.ItemFlag.ItemIsDragEnabled


async def test_tooltips_are_plain_text_with_the_facts(
    model: HistoryModel, session: Session
) -> None:
    request = a_request("a <b>cat</b>", 41, num_images_per_prompt=2)
    await session.library.record(picture_pixels(), request, index=1, elapsed_s=3.21)
    await load(model)
    tip = model.index(1).data(Qt.ItemDataRole.ToolTipRole)
    for part in ("a &lt;b&gt;cat", "tiny", "seed 42", "64 × 48 px", "3.2 seconds"):
        assert part in tip
    assert "Today" in model.index(1).data(Qt.ItemDataRole.AccessibleTextRole)


async def test_dragging_carries_the_files(model: HistoryModel, make: Make) -> None:
    await make(2)
    await load(model)
    indexes = [model.index(1), model.index(2)]
    data = model.mimeData(indexes)
    paths = [str(index.data(PICTURE_ROLE).path) for index in indexes]
    assert [url.toLocalFile() for url in data.urls()] == paths
    assert model.supportedDragActions() == Qt.DropAction.CopyAction


async def test_a_history_that_cannot_be_read_is_told_once(
    model: HistoryModel,
    session: Session,
    told: list[StudioError],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = StorageError("The history can't be read.")

    async def page(before: Picture | None, limit: int) -> list[Picture]:
        raise error

    monkeypatch.setattr(session.library, "page", page)
    await load(model)
    assert told == [error]
    assert not model.canFetchMore()


async def test_the_model_keeps_qts_rules(open_model: Open, session: Session, make: Make) -> None:
    old = await make(2, days_ago=1)
    model = open_model()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning, model)
    await load(model)
    new = await make(3)
    await session.library.delete([old[0], new[1]])
    await session.library.delete([old[1], new[0], new[2]])
    assert model.rowCount() == 0
