"""The shelf with real mouse and keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from qasync import QEventLoop

from studio.document.restyling import RestyleMethod
from studio.library.style_shelf import StyleEntry
from studio.ui.session import Session
from studio.ui.style import StylePanel
from studio.ui.style.shelf_model import OWN, PAINTED, PICTURES
from studio.ui.style.style_shelf import StyleShelf
from tests.support.fakes import picture_pixels
from tests.support.sessions import until

LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def shelf(pane: StylePanel) -> StyleShelf:
    pane.resize(320, 900)
    return pane.shelf


async def filled(session: Session) -> None:
    """Two own styles beside those that came with the studio."""
    for name in ("mine", "yours"):
        session.styles.add(picture_pixels(30, 20), name)
        await until(lambda name=name: chosen(session) == [name])
    session.restyling.set_styles(())


def chosen(session: Session) -> list[str]:
    return [choice.entry.name for choice in session.styles.chosen]


def named(session: Session, name: str) -> StyleEntry:
    return next(entry for entry in session.styles.entries if entry.name == name)


def place(shelf: StyleShelf, session: Session, name: str) -> QPoint:
    index = shelf.shelf_model.index_of(named(session, name))
    shelf.scrollTo(index)
    return shelf.visualRect(index).center()


def click(
    shelf: StyleShelf,
    session: Session,
    name: str,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    QTest.mouseClick(shelf.viewport(), LEFT, modifiers, place(shelf, session, name))


async def test_the_artists_own_come_first_under_their_headings(
    qasync_loop: QEventLoop, shelf: StyleShelf, session: Session
) -> None:
    await filled(session)
    model = shelf.shelf_model
    rows = [model.index(row).data() for row in range(model.rowCount())]
    assert rows == [OWN, "mine", "yours", PICTURES, "Garden", "Wave", PAINTED, "M1", "M2"]
    headings = [row for row in range(model.rowCount()) if not model.index(row).flags()]
    assert headings == [0, 3, 6]


async def test_a_click_chooses_and_with_ctrl_blends(
    qasync_loop: QEventLoop, shelf: StyleShelf, session: Session
) -> None:
    await filled(session)
    click(shelf, session, "Wave")
    assert chosen(session) == ["Wave"]
    click(shelf, session, "mine", CONTROL)
    assert chosen(session) == ["Wave", "mine"]
    click(shelf, session, "Wave", CONTROL)
    assert chosen(session) == ["mine"]
    click(shelf, session, "M1")
    assert chosen(session) == ["M1"]


async def test_who_lets_go_elsewhere_chooses_nothing(
    qasync_loop: QEventLoop, shelf: StyleShelf, session: Session
) -> None:
    await filled(session)
    QTest.mousePress(shelf.viewport(), LEFT, pos=place(shelf, session, "Wave"))
    QTest.mouseRelease(shelf.viewport(), LEFT, pos=place(shelf, session, "Garden"))
    assert chosen(session) == []


async def test_keys_choose_blend_rename_and_remove(
    qasync_loop: QEventLoop, shelf: StyleShelf, session: Session
) -> None:
    await filled(session)
    shelf.setFocus()
    shelf.setCurrentIndex(shelf.shelf_model.index_of(named(session, "mine")))
    QTest.keyClick(shelf, Qt.Key.Key_Space)
    QTest.keyClick(shelf, Qt.Key.Key_Right)
    QTest.keyClick(shelf, Qt.Key.Key_Space, CONTROL)
    assert chosen(session) == ["mine", "yours"]
    QTest.keyClick(shelf, Qt.Key.Key_F2)
    editor = shelf.findChild(QLineEdit)
    override = QKeyEvent(
        QEvent.Type.ShortcutOverride, Qt.Key.Key_B, Qt.KeyboardModifier.NoModifier, "b"
    )
    override.ignore()
    QApplication.sendEvent(editor, override)
    assert override.isAccepted()
    assert shelf.viewport().rect().contains(editor.geometry())
    editor.selectAll()
    QTest.keyClicks(editor, "theirs")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    await until(lambda: chosen(session) == ["mine", "theirs"])
    shelf.setCurrentIndex(shelf.shelf_model.index_of(named(session, "mine")))
    QTest.keyClick(shelf, Qt.Key.Key_Delete)
    await until(lambda: chosen(session) == ["theirs"])
    shelf.setCurrentIndex(shelf.shelf_model.index_of(named(session, "Wave")))
    QTest.keyClick(shelf, Qt.Key.Key_Delete)
    QTest.keyClick(shelf, Qt.Key.Key_F2)
    assert named(session, "Wave")


async def test_the_menu_offers_trash_and_rename_for_the_artists_own_only(
    qasync_loop: QEventLoop, shelf: StyleShelf, session: Session
) -> None:
    await filled(session)

    def texts(entry: StyleEntry | None) -> list[str]:
        return [action.text() for action in shelf.menu_for(entry).actions() if action.text()]

    assert texts(None) == ["Add a style…"]
    assert texts(named(session, "Wave")) == ["Choose", "Blend", "Add a style…"]
    own = texts(named(session, "mine"))
    assert own == ["Choose", "Blend", "Add a style…", "Rename", "Move to trash"]
    at = place(shelf, session, "mine")
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, shelf.viewport().mapToGlobal(at))
    QApplication.sendEvent(shelf.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    next(action for action in menu.actions() if action.text() == "Move to trash").trigger()
    menu.close()
    await until(lambda: "mine" not in [entry.name for entry in session.styles.entries])


async def test_room_is_reserved_before_the_thumbnails_come(
    qasync_loop: QEventLoop, shelf: StyleShelf, session: Session, pane: StylePanel
) -> None:
    await until(lambda: len(session.styles.entries) == 4)
    before = [place(shelf, session, name) for name in ("Garden", "Wave", "M1")]
    arrived: list[bool] = []
    pane._thumbnails.arrived.connect(lambda: arrived.append(True))
    shelf.grab()
    await until(lambda: len(arrived) == 4)
    shelf.grab()
    assert [place(shelf, session, name) for name in ("Garden", "Wave", "M1")] == before


async def test_a_damaged_style_shows_a_sign_and_the_others_their_picture(
    qasync_loop: QEventLoop, shelf: StyleShelf, session: Session, pane: StylePanel
) -> None:
    await filled(session)
    broken = named(session, "mine").path.with_name("broken.png")
    broken.write_bytes(b"no picture")
    session.styles.read()
    await until(lambda: len(session.styles.entries) == 7)
    entry = named(session, "broken")
    await until(lambda: pane._thumbnails.get(entry) is not None)
    assert pane._thumbnails.get(entry).isNull()
    shelf.grab()
    await until(lambda: pane._thumbnails.get(named(session, "Wave")) is not None)
    assert not pane._thumbnails.get(named(session, "Wave")).isNull()


async def test_painted_styles_are_pale_where_the_method_has_none(
    qasync_loop: QEventLoop, shelf: StyleShelf, session: Session, pane: StylePanel
) -> None:
    await until(lambda: len(session.styles.entries) == 4)
    entry = named(session, "M1")
    await until(lambda: pane._thumbnails.get(entry) is not None)
    at = place(shelf, session, "M1")
    bright = shelf.viewport().grab().toImage().pixelColor(at)
    session.restyling.set_method(RestyleMethod.OPTIMISED)
    at = place(shelf, session, "M1")
    assert shelf.viewport().grab().toImage().pixelColor(at) != bright


async def test_names_are_plain_text(
    qasync_loop: QEventLoop, shelf: StyleShelf, session: Session, tmp_path: Path
) -> None:
    session.styles.add(picture_pixels(30, 20), "<b>wave")
    await until(lambda: chosen(session))
    index = shelf.shelf_model.index_of(session.styles.chosen[0].entry)
    assert "<b>" not in index.data(Qt.ItemDataRole.ToolTipRole).removeprefix("<span>")
