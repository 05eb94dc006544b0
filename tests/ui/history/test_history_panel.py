"""The history pane with real clicks, keys and menus."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QContextMenuEvent, QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QPushButton
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.domain.task import Task
from studio.library import Picture
from studio.library.query import parse
from studio.ui import theme
from studio.ui.history import HistoryPanel, pages, show_in_file_manager
from studio.ui.history.cell_painter import picture_rect
from studio.ui.history.gallery_footer import ZOOM_STEP_PX
from studio.ui.history.gallery_view import LARGEST_PX, USUAL_PX
from studio.ui.history.stars import stars_rect
from studio.ui.history.tag_editor import TagEditor
from studio.ui.session import Notice, Session
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
        await until(lambda: not panel.is_busy())


def row_of(panel: HistoryPanel, picture: Picture) -> int:
    rows = range(panel.model.rowCount())
    (row,) = [row for row in rows if (p := panel.model.peek(row)) and p.id == picture.id]
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
    assert [panel.model.picture(row) for row in range(3)] == made[::-1]
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


async def test_delete_moves_the_selection_to_the_trash_and_undo_brings_it_back(
    panel: HistoryPanel, session: Session, make: Make, tmp_path: Path
) -> None:
    made = await make(4)
    await shown(panel)
    click(panel, made[3])
    click(panel, made[1], Qt.KeyboardModifier.ControlModifier)
    assert panel.selected() == [made[3], made[1]]
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    await until(lambda: panel.model.rowCount() == 2)
    assert not made[3].path.exists()
    assert (tmp_path / "studio" / "trash" / made[3].path.name).exists()
    assert [notice.sentence for notice in notices] == ["2 pictures are in the trash."]
    QTest.keyClick(panel.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: panel.model.rowCount() == 4)
    await idle(panel)
    assert [panel.model.picture(row) for row in range(4)] == made[::-1]
    assert made[3].path.exists()
    assert not session.history.can_undo


async def test_digits_and_clicks_on_stars_rate(
    panel: HistoryPanel, session: Session, make: Make
) -> None:
    made = await make(3)
    await shown(panel)
    click(panel, made[0])
    click(panel, made[2], Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(panel.view, Qt.Key.Key_4)
    await until(lambda: session.library.count(parse("rating:4").condition()) == 2)
    await idle(panel)
    assert [panel.model.peek(row).rating for row in range(3)] == [4, 0, 4]

    cell = panel.view.visualRect(panel.model.index(1))
    stars = stars_rect(picture_rect(cell, made[1])).toRect()
    third = QPoint(stars.left() + stars.width() // 2, stars.center().y())
    for expected in (3, 0):
        QTest.mouseClick(panel.view.viewport(), Left, pos=third)
        await until(lambda expected=expected: panel.model.peek(1).rating == expected)
    assert panel.selected() != [made[1]], "the click is on a star, not on the picture"


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
        "Use as control",
        "Use as reference",
        "Show what looks like it",
        "Upscale 2×",
        "Upscale 4×",
        "Upscale with refinement 2×",
        "Upscale with refinement 4×",
        "Stars",
        "Tags…",
        "Add to collection",
        "Export…",
        "Show in file manager",
        "Copy prompt",
        "Copy seed",
        "Copy settings",
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
    await idle(panel)


async def test_an_empty_history_says_what_to_do(panel: HistoryPanel, make: Make) -> None:
    await shown(panel)
    (said,) = panel.findChildren(QLabel, "EmptyHistory")
    assert said.isVisible()
    assert "Ctrl+Enter" in said.text()
    await make(1)
    await until(lambda: not said.isVisible())
    assert panel.view.isVisible()
    await idle(panel)


async def test_what_is_new_does_not_move_what_one_looks_at(panel: HistoryPanel, make: Make) -> None:
    made = await make(40)
    await shown(panel)
    bar = panel.view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    await idle(panel)
    looked_at = panel.view.rows_in_sight()
    picture = panel.model.picture(looked_at[len(looked_at) // 2])
    assert picture in made
    top = panel.view.row_rect(row_of(panel, picture)).top()
    for count in range(41, 48):
        await make(1)
        await until(lambda count=count: panel.model.rowCount() == count)
        assert panel.view.row_rect(row_of(panel, picture)).top() == top
    await idle(panel)


@pytest.mark.parametrize("width", [220, 260, 320, 341, 500])
async def test_columns_fill_the_width(panel: HistoryPanel, make: Make, width: int) -> None:
    await make(12)
    panel.resize(width, 300)
    await shown(panel)
    rects = [panel.view.row_rect(row) for row in range(12)]
    columns = {rect.left() for rect in rects}
    room = panel.view.viewport().width()
    assert len(columns) == (room - theme.SPACE_S) // USUAL_PX
    assert room - len(columns) <= max(rect.right() for rect in rects) + 1 <= room


async def test_thumbnails_arrive_where_room_was_kept(
    panel: HistoryPanel, session: Session, make: Make
) -> None:
    await make(1, size=(96, 32))
    panel.show()
    await until(lambda: panel.model.rowCount() == 1)
    before = panel.view.row_rect(0)
    await shown(panel)
    assert panel.view.row_rect(0) == before
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
    kept = panel.model, panel.view
    panel.deleteLater()
    await asyncio.sleep(0)
    QApplication.sendPostedEvents(None, 52)  # QEvent.Type.DeferredDelete
    await make(1)
    assert kept


async def test_a_frame_drawn_from_nothing_selects_what_it_touches(
    panel: HistoryPanel, make: Make
) -> None:
    made = await make(9)
    await shown(panel)
    view, viewport = panel.view, panel.view.viewport()
    below = QPoint(view.row_rect(8).right() - 8, viewport.height() - 4)
    corner = view.row_rect(4).center()
    QTest.mousePress(viewport, Left, pos=below)
    QTest.mouseMove(viewport, corner)
    assert [picture.id for picture in panel.selected()] == [
        made[8 - row].id for row in (4, 5, 7, 8)
    ]
    assert not view.grab().isNull()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert panel.selected() == [], "as before"
    QTest.mouseRelease(viewport, Left, pos=corner)

    click(panel, made[8])
    QTest.mousePress(viewport, Left, Qt.KeyboardModifier.AltModifier, view.row_rect(1).center())
    QTest.mouseMove(viewport, view.row_rect(2).center())
    QTest.mouseRelease(viewport, Left, pos=view.row_rect(2).center())
    assert [picture.id for picture in panel.selected()] == [made[7].id, made[6].id]


async def test_control_wheel_and_the_slider_change_the_size(
    panel: HistoryPanel, make: Make
) -> None:
    await make(3)
    await shown(panel)
    before = panel.view.grid.cell_px
    panel.view.zoom_wanted.emit(1)
    assert panel.footer.slider.value() == USUAL_PX + ZOOM_STEP_PX
    panel.footer.slider.setValue(LARGEST_PX)
    await idle(panel)
    assert panel.view.grid.columns == 1
    assert panel.view.grid.cell_px > before


async def test_searching_narrows_what_is_shown_and_says_what_to_do_when_it_is_nothing(
    panel: HistoryPanel, session: Session, make: Make
) -> None:
    await make(12)
    await shown(panel)
    assert panel.footer.count_text() == "12 pictures"
    panel.begin_search()
    QTest.keyClicks(panel.search.line, "seed:>9")
    QTest.keyClick(panel.search.line, Qt.Key.Key_Return)
    await until(lambda: panel.footer.count_text() == "2 found")
    QTest.keyClicks(panel.search.line, "nowhere")
    await until(lambda: panel.footer.count_text() == "0 found")
    (said,) = panel.findChildren(QLabel, "EmptyHistory")
    assert "seed:>9 nowhere" in said.text()
    (button,) = [b for b in panel.findChildren(QPushButton) if b.text() == "Show all pictures"]
    button.click()
    await until(lambda: panel.footer.count_text() == "12 pictures")
    assert panel.search.text() == ""


async def test_a_collection_is_shown_and_filled_by_a_drop(
    panel: HistoryPanel, session: Session, make: Make
) -> None:
    made = await make(4)
    await shown(panel)
    panel.footer.collections.setChecked(True)
    rows = panel.collections
    rows.setCurrentRow(1)
    QTest.keyClick(rows, Qt.Key.Key_Return)
    name = QApplication.focusWidget()
    assert isinstance(name, QLineEdit)
    assert name.text() == "New collection"
    QTest.keyClick(name, Qt.Key.Key_Escape)
    assert rows.count() == 2, "nothing came of it"
    rows.begin_new()
    name = QApplication.focusWidget()
    assert isinstance(name, QLineEdit)
    name.selectAll()
    QTest.keyClicks(name, "Owls")
    QTest.keyClick(name, Qt.Key.Key_Return)
    await until(lambda: [each.name for each in session.marks.collections] == ["Owls"])
    await until(lambda: [rows.item(row).text() for row in range(rows.count())][1] == "Owls")
    click(panel, made[0])
    click(panel, made[3], Qt.KeyboardModifier.ControlModifier)
    panel.collections.dropped.emit("Owls")
    await until(lambda: [each.count for each in session.marks.collections] == [2])
    panel.collections.setCurrentRow(1)
    QTest.keyClick(panel.collections, Qt.Key.Key_Return)
    await until(lambda: panel.footer.count_text() == "2 found")
    assert panel.search.text() == 'in:"Owls"'
    await idle(panel)
    click(panel, made[0])
    texts = [action.text() for action in panel.menu_for(made[0]).actions()]
    assert "Remove from “Owls”" in texts
    panel.show_collection("")
    await until(lambda: panel.footer.count_text() == "4 pictures")
    await idle(panel)


async def test_tags_of_several_are_edited_together(
    panel: HistoryPanel, session: Session, make: Make
) -> None:
    made = await make(2)
    session.marks.tag([made[0]], add=["sky"])
    await until(lambda: session.library.count(parse("tag:sky").condition()) == 1)
    await shown(panel)
    panel.view.setFocus()
    panel.view.selectAll()
    QTest.keyClick(panel.view, Qt.Key.Key_T)
    editor = QApplication.activePopupWidget()
    assert isinstance(editor, TagEditor)
    assert editor.chips.texts() == ["sky"]
    QTest.keyClicks(editor.line, "night, owls")
    QTest.keyClick(editor.line, Qt.Key.Key_Return)
    await until(lambda: editor.chips.texts() == ["night", "owls", "sky"])
    editor.chips.clicked.emit("sky")
    await until(lambda: session.library.count(parse("tag:sky").condition()) == 2)
    editor.chips.removed.emit("owls")
    await until(lambda: editor.chips.texts() == ["night", "sky"])
    editor.close()
    await idle(panel)


async def test_the_details_are_of_the_picture_under_the_keys(
    panel: HistoryPanel, session: Session, make: Make
) -> None:
    made = await make(2)
    await shown(panel)
    panel.footer.details.setChecked(True)
    click(panel, made[0])
    assert panel.inspector.toPlainText().startswith("picture 0\n")
    assert "Seed: 0" in panel.inspector.toPlainText()
    QTest.keyClick(panel.view, Qt.Key.Key_Left)
    assert panel.inspector.toPlainText().startswith("picture 1\n")
    await until(lambda: session.shown.picture == made[1])


async def test_all_of_many_are_meant_even_those_never_read(
    panel: HistoryPanel, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_KEPT", 6)
    made = await make(20)
    await shown(panel)
    panel.view.selectAll()
    given: list[list[int]] = []
    panel.with_selected(lambda found: given.append([picture.id for picture in found]))
    await until(lambda: given)
    assert given == [[picture.id for picture in reversed(made)]]
