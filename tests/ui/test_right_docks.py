"""The panels on the right: above each other in a high window, tabs in a low one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.document import Document
from studio.ui.canvas.drop_menu import DropMenu
from studio.ui.main_window import MINIMUM_SIZE, MainWindow
from studio.ui.session import Session
from studio.ui.settings import Settings
from tests.support.fakes import picture_pixels


@pytest.fixture
def window(
    session: Session, qasync_loop: object, qtbot: QtBot, tmp_path: Path
) -> Iterator[MainWindow]:
    window = MainWindow(Settings(tmp_path / "config"))
    qtbot.addWidget(window)
    window.furnish(session)
    window.resize(1440, 900)
    window.show()
    qtbot.waitExposed(window)
    QApplication.processEvents()
    yield window


def tabs(window: MainWindow) -> set[str]:
    """What stands in one group of tabs with the history."""
    return {dock.windowTitle() for dock in window.tabifiedDockWidgets(window.history_dock)}


def resize(window: MainWindow, width: int, height: int) -> None:
    window.resize(width, height)
    QApplication.processEvents()


def test_style_stands_above_history_and_layers(window: MainWindow) -> None:
    assert tabs(window) == {"Layers"}
    style, history = window.style_dock.geometry(), window.history_dock.geometry()
    assert style.bottom() < history.top()
    assert style.left() == history.left()
    assert style.height() > history.height() > 200


def test_in_a_low_window_all_are_tabs_until_it_is_high_again(window: MainWindow) -> None:
    resize(window, MINIMUM_SIZE.width(), MINIMUM_SIZE.height())
    assert (window.width(), window.height()) == (1024, 700)
    assert tabs(window) == {"Layers", "Style"}
    window.style_dock.raise_()
    QApplication.processEvents()
    pane = window.style_pane
    assert pane.height() >= pane.minimumSizeHint().height()
    assert pane.bar.apply.visibleRegion().boundingRect() == pane.bar.apply.rect()
    resize(window, 1440, 900)
    assert tabs(window) == {"Layers"}
    assert window.style_dock.geometry().bottom() < window.history_dock.geometry().top()


def test_what_the_artist_arranged_stays(window: MainWindow) -> None:
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, window.style_dock)
    resize(window, 1100, 720)
    assert tabs(window) == {"Layers"}
    resize(window, 1440, 900)
    left = window.dockWidgetArea(window.style_dock)
    assert left is Qt.DockWidgetArea.LeftDockWidgetArea
    window.reset_layout()
    assert window.dockWidgetArea(window.style_dock) is Qt.DockWidgetArea.RightDockWidgetArea


def test_it_comes_back_as_it_was_left(
    window: MainWindow, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    resize(window, 1024, 700)
    session.restyling.set_strength(0.25)
    window.close()
    again = MainWindow(Settings(tmp_path / "config"))
    qtbot.addWidget(again)
    again.furnish(session)
    again.show()
    QApplication.processEvents()
    assert tabs(again) == {"Layers", "Style"}
    resize(again, 1440, 900)
    assert tabs(again) == {"Layers"}
    assert session.restyling.wishes.strength == 0.25


def test_an_artwork_brings_its_layers_but_never_over_the_style_pane(
    window: MainWindow, session: Session
) -> None:
    session.editing.open(Document.of_picture(picture_pixels(40, 30)))
    QApplication.processEvents()
    assert not window.layers.view.viewport().visibleRegion().isEmpty()
    resize(window, 1024, 700)
    window.style_dock.raise_()
    QApplication.processEvents()
    session.editing.open(Document.of_picture(picture_pixels(40, 30)))
    QApplication.processEvents()
    assert not window.style_pane.bar.apply.visibleRegion().isEmpty()


def test_the_key_for_before_and_after_is_a_letter_in_the_prompt(
    window: MainWindow, session: Session, qtbot: QtBot
) -> None:
    window.activateWindow()
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Backslash)
    assert session.comparison.is_on
    window.style_pane.shelf.setFocus()
    QTest.keyClick(window.style_pane.shelf, Qt.Key.Key_Backslash)
    assert not session.comparison.is_on
    window.prompt.focus_prompt()
    QTest.keyClicks(window.focusWidget(), "a\\b")
    assert session.draft.prompt.endswith("a\\b")
    assert not session.comparison.is_on


def test_the_view_menu_shows_and_hides_the_style_pane(window: MainWindow) -> None:
    entries = {action.text(): action for action in window.menus["&View"].actions()}
    entries["Style"].trigger()
    assert window.style_dock.isHidden()
    entries["Style"].trigger()
    assert not window.style_dock.isHidden()


async def test_a_drop_on_the_canvas_can_become_a_style(
    qasync_loop: object, window: MainWindow, session: Session
) -> None:
    from tests.support.drags import an_image, drop
    from tests.support.sessions import until

    drop(window.canvas, an_image(picture_pixels(30, 20)))
    menu = window.canvas.findChild(DropMenu)
    next(action for action in menu.actions() if action.text() == "Style").trigger()
    menu.close()
    await until(lambda: session.styles.chosen)
    assert session.styles.chosen[0].entry.name == "dropped picture"
