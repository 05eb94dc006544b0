"""The history pane with real clicks, keys and menus."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QContextMenuEvent, QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.domain.task import Task
from studio.library import Picture
from studio.ui import theme
from studio.ui.history import HistoryPanel, show_in_file_manager
from studio.ui.session import Session
from tests.support.fakes import make_session
from tests.ui.history.conftest import Make

Left = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(session: Session, qtbot: QtBot, qasync_loop: QEventLoop) -> Iterator[HistoryPanel]:
    panel = HistoryPanel(session)
    qtbot.addWidget(panel)
    panel.resize(320, 500)
    yield panel


async def shown(panel: HistoryPanel) -> None:
    """Show the panel and wait until all its pictures are there."""
    panel.show()
    panel.activateWindow()
    panel.view.setFocus()
    await idle(panel)


async def idle(panel: HistoryPanel) -> None:
    for _ in range(3):
        await asyncio.sleep(0.01)
        while panel.model._tasks or panel.view._thumbnails._tasks:
            await asyncio.sleep(0.001)


def row_of(panel: HistoryPanel, picture: Picture) -> int:
    (row,) = [row for row in range(panel.model.rowCount()) if panel.model.entry(row) == picture]
    return row


def place_of(panel: HistoryPanel, picture: Picture) -> QPoint:
    return panel.view.visualRect(panel.model.index(row_of(panel, picture))).center()


def click(
    panel: HistoryPanel,
    picture: Picture,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    QTest.mouseClick(panel.view.viewport(), Left, modifiers, place_of(panel, picture))


async def until(condition: object) -> None:
    async with asyncio.timeout(10):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.005)


async def test_it_survives_a_restart(
    session: Session, make: Make, tmp_path: Path, qtbot: QtBot, qasync_loop: QEventLoop
) -> None:
    made = await make(3)
    await session.library.close()
    again = make_session(tmp_path / "studio")
    panel = HistoryPanel(again)
    qtbot.addWidget(panel)
    panel.resize(320, 500)
    await shown(panel)
    assert [panel.model.entry(row).id for row in (1, 2, 3)] == [p.id for p in reversed(made)]
    await again.library.close()


async def test_a_click_shows_a_picture_and_the_ring_goes_there(
    panel: HistoryPanel, session: Session, make: Make
) -> None:
    first, second = await make(2)
    await shown(panel)
    click(panel, first)
    await until(lambda: session.shown.picture == first)
    accent = theme.color("accent").rgb()

    def ringed(picture: Picture) -> bool:
        rect = panel.view.visualRect(panel.model.index(row_of(panel, picture)))
        image = panel.view.viewport().grab(rect).toImage()
        return any(image.pixel(image.width() // 2, y) == accent for y in range(image.height()))

    assert ringed(first)
    assert not ringed(second)
    click(panel, second)
    await until(lambda: session.shown.picture == second)
    assert ringed(second)
    assert not ringed(first)


async def test_a_double_click_or_enter_restores_the_request(
    panel: HistoryPanel, session: Session, make: Make
) -> None:
    first, second = await make(2)
    await shown(panel)
    click(panel, first)
    QTest.mouseDClick(panel.view.viewport(), Left, pos=place_of(panel, first))
    await until(lambda: session.draft.prompt == "picture 0")
    assert session.draft.as_request() == first.request
    click(panel, second)
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    await until(lambda: session.draft.prompt == "picture 1")


async def test_arrow_keys_show_and_step_over_headings(
    panel: HistoryPanel, session: Session, make: Make
) -> None:
    (old,) = await make(1, days_ago=1)
    (new,) = await make(1)
    await shown(panel)
    click(panel, new)
    await until(lambda: session.shown.picture == new)
    QTest.keyClick(panel.view, Qt.Key.Key_Down)
    await until(lambda: session.shown.picture == old)
    QTest.keyClick(panel.view, Qt.Key.Key_Up)
    await until(lambda: session.shown.picture == new)


async def test_delete_moves_the_selection_to_the_trash(
    panel: HistoryPanel, session: Session, make: Make, tmp_path: Path
) -> None:
    made = await make(4)
    await shown(panel)
    click(panel, made[3])
    click(panel, made[1], Qt.KeyboardModifier.ControlModifier)
    assert panel.selected() == [made[3], made[1]]
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    await until(lambda: panel.model.rowCount() == 3)
    assert not made[3].path.exists()
    assert (tmp_path / "studio" / "trash" / made[3].path.name).exists()
    assert session.library.count() == 2


async def test_selecting_more_shows_nothing(
    panel: HistoryPanel, session: Session, make: Make
) -> None:
    made = await make(3)
    await shown(panel)
    click(panel, made[2], Qt.KeyboardModifier.ControlModifier)
    click(panel, made[0], Qt.KeyboardModifier.ShiftModifier)
    await idle(panel)
    assert len(panel.selected()) == 3
    assert session.shown.picture is None


async def test_the_menu(
    panel: HistoryPanel, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    (picture,) = await make(1)
    await shown(panel)
    menu = panel.menu_for(picture)
    actions = {action.text(): action for action in menu.actions() if action.text()}
    assert list(actions) == [
        "Show",
        "Use its settings",
        "Start from this picture",
        "Upscale 2×",
        "Upscale 4×",
        "Export…",
        "Show in file manager",
        "Copy prompt",
        "Copy seed",
        "Move to trash",
    ]
    actions["Copy prompt"].trigger()
    assert QGuiApplication.clipboard().text() == "picture 0"
    actions["Copy seed"].trigger()
    assert QGuiApplication.clipboard().text() == "0"
    wanted: list[Picture] = []
    panel.export_requested.connect(wanted.append)
    actions["Export…"].trigger()
    assert wanted == [picture]
    actions["Show"].trigger()
    await until(lambda: session.shown.picture == picture)
    actions["Use its settings"].trigger()
    await until(lambda: session.draft.prompt == "picture 0")
    actions["Start from this picture"].trigger()
    await until(lambda: session.artwork.start is not None)
    actions["Upscale 4×"].trigger()
    await until(lambda: session.engine.waiting)
    (job,) = session.engine.waiting
    assert job.request.task is Task.UPSCALE
    assert job.request.upscale == 4
    actions["Move to trash"].trigger()
    await until(lambda: session.library.count() == 0)


async def test_the_menu_opens_by_mouse_and_key(panel: HistoryPanel, make: Make) -> None:
    made = await make(2)
    await shown(panel)
    view = panel.view
    click(panel, made[0])
    for reason, place in (
        (QContextMenuEvent.Reason.Mouse, place_of(panel, made[1])),
        (QContextMenuEvent.Reason.Keyboard, QPoint()),
    ):
        QApplication.sendEvent(
            view.viewport(),
            QContextMenuEvent(reason, place, view.viewport().mapToGlobal(place)),
        )
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        QTest.keyClick(menu, Qt.Key.Key_Escape)
        await asyncio.sleep(0)
        assert QApplication.activePopupWidget() is None
    await idle(panel)


async def test_the_trash_takes_all_that_are_selected(
    panel: HistoryPanel, session: Session, make: Make
) -> None:
    made = await make(3)
    await shown(panel)
    panel.view.selectAll()
    texts = [action.text() for action in panel.menu_for(made[1]).actions()]
    assert texts[-1] == "Move 3 pictures to trash"


async def test_an_empty_history_says_what_to_do(panel: HistoryPanel, make: Make) -> None:
    await shown(panel)
    (said,) = [label for label in panel.findChildren(QLabel) if label.isVisible()]
    assert "Ctrl+Enter" in said.text()
    await make(1)
    assert not said.isVisible()
    assert panel.view.isVisible()
    await idle(panel)


async def test_what_is_new_does_not_move_what_one_looks_at(panel: HistoryPanel, make: Make) -> None:
    made = await make(40)
    await shown(panel)
    bar = panel.view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    looked_at = panel.view.indexAt(panel.view.viewport().rect().center())
    picture = panel.model.entry(looked_at.row())
    assert picture in made
    top = panel.view.visualRect(looked_at).top()
    for _ in range(7):
        await make(1)
        index = panel.model.index(row_of(panel, picture))
        assert panel.view.visualRect(index).top() == top
    await idle(panel)


@pytest.mark.parametrize("width", [220, 260, 320, 341, 500])
async def test_columns_fill_the_width(panel: HistoryPanel, make: Make, width: int) -> None:
    await make(12)
    panel.resize(width, 300)
    await shown(panel)
    rects = [panel.view.visualRect(panel.model.index(row)) for row in range(1, 13)]
    columns = {rect.left() for rect in rects}
    assert len(columns) == (width - theme.SPACE_XL) // 92
    viewport = panel.view.viewport().width()
    filled = max(rect.right() for rect in rects) + 1
    assert viewport - len(columns) - 1 <= filled <= viewport


async def test_thumbnails_arrive_where_room_was_kept(
    panel: HistoryPanel, session: Session, make: Make
) -> None:
    await make(1, size=(96, 32))
    panel.show()
    await until(lambda: panel.model.rowCount() == 2)
    before = panel.view.visualRect(panel.model.index(1))
    await shown(panel)
    assert panel.view.visualRect(panel.model.index(1)) == before
    image = panel.view.viewport().grab(before).toImage()
    middle = image.pixelColor(image.width() // 2, image.height() // 2)
    above = image.pixelColor(image.width() // 2, 8)
    assert middle.saturation() > 0, "the picture"
    assert above.saturation() == 0, "a wide picture leaves room above"


async def test_a_picture_whose_file_is_gone_is_shown_as_such(
    panel: HistoryPanel, session: Session, make: Make
) -> None:
    picture, _ = await make(2)
    picture.path.unlink()
    await shown(panel)
    assert not panel.grab().isNull()
    told: list[object] = []
    session.messages.notice.connect(told.append)
    click(panel, picture)
    await until(lambda: told)


class Opener(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toLocalFile())


def test_without_a_desktop_the_folder_is_opened(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opener = Opener()
    QDesktopServices.setUrlHandler("file", opener, "open")
    try:
        show_in_file_manager(tmp_path / "picture.png")
    finally:
        QDesktopServices.unsetUrlHandler("file")
    assert opener.opened == [str(tmp_path)]


async def test_a_deleted_panel_hears_nothing(
    session: Session, make: Make, qasync_loop: QEventLoop
) -> None:
    panel = HistoryPanel(session)
    panel.model.fetchMore()
    kept = panel.model, panel.view
    panel.deleteLater()
    await asyncio.sleep(0)
    QApplication.sendPostedEvents(None, 52)  # QEvent.Type.DeferredDelete
    await make(1)
    assert kept
