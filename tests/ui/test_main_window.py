"""The window as a whole: its layout comes back, themes change, small screens hold it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.domain.request import Request
from studio.ui import theme
from studio.ui.controls.text_field import TextField
from studio.ui.main_window import AROUND_CANVAS, MINIMUM_SIZE, MainWindow
from studio.ui.menus import use_theme
from studio.ui.session import Session
from studio.ui.settings import Settings

OpenWindow = Callable[[], MainWindow]


@pytest.fixture
def open_window(
    session: Session, qasync_loop: object, qtbot: QtBot, tmp_path: Path
) -> Iterator[OpenWindow]:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, theme.DARK)

    def open_it() -> MainWindow:
        window = MainWindow(Settings(tmp_path / "config"))
        qtbot.addWidget(window)
        window.furnish(session)
        window.show()
        qtbot.waitExposed(window)
        return window

    yield open_it
    theme.apply(app, theme.DARK)


def test_the_cursor_is_in_the_prompt(open_window: OpenWindow) -> None:
    window = open_window()
    window.activateWindow()
    focused = window.focusWidget()
    assert focused is not None
    assert focused.accessibleName() == "Prompt"


def test_what_was_typed_before_the_panes_came_stays_in_the_prompt(
    session: Session, qasync_loop: object, qtbot: QtBot, tmp_path: Path
) -> None:
    window = MainWindow(Settings(tmp_path / "config"))
    qtbot.addWidget(window)
    window.show()
    session.draft.prompt = "a fox"
    qtbot.keyClicks(window.focusWidget(), " at night")
    window.furnish(session)
    qtbot.keyClicks(window.focusWidget(), ", snow")
    assert session.draft.prompt == "a fox at night, snow"


async def test_the_panes_come_where_the_empty_window_kept_their_places(
    open_window: OpenWindow, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    first = open_window()
    usual = first.prompt_dock.width()
    first.resizeDocks([first.prompt_dock], [usual + 30], Qt.Orientation.Horizontal)
    await asyncio.sleep(0.01)
    wished = first.prompt_dock.width()
    assert wished != usual
    first.close()

    window = MainWindow(Settings(tmp_path / "config"))
    qtbot.addWidget(window)
    window.show()
    await asyncio.sleep(0.01)
    places = _places(window)
    assert window.prompt_dock.width() == wished
    window.furnish(session)
    await asyncio.sleep(0.01)
    assert window.canvas.isVisible()
    assert _places(window) == places


async def test_the_empty_window_shows_where_the_canvas_will_be(
    session: Session, qasync_loop: object, qtbot: QtBot, tmp_path: Path
) -> None:
    window = MainWindow(Settings(tmp_path / "config"))
    qtbot.addWidget(window)
    window.resize(1440, 900)
    window.show()
    window.furnish(session)
    await asyncio.sleep(0.01)
    assert window.canvas.geometry() == window.centralWidget().rect() - AROUND_CANVAS


def _places(window: MainWindow) -> list[QRect]:
    field = window.focusWidget()
    assert isinstance(field, TextField)
    parts = (
        window.prompt_dock,
        window.history_dock,
        window.menuBar(),
        window.centralWidget(),
    )
    here = [part.geometry() for part in parts]
    return [*here, QRect(field.mapTo(window, QPoint(0, 0)), field.size())]


def test_an_empty_window_remembers_its_place_and_forgets_no_prompt(
    session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    settings = Settings(tmp_path / "config")
    settings.request = "what was written last time"
    window = MainWindow(settings)
    qtbot.addWidget(window)
    window.resize(1024, 750)
    with qtbot.waitSignal(window.closing, timeout=1000):
        window.close()
    again = MainWindow(Settings(tmp_path / "config"))
    qtbot.addWidget(again)
    assert (again.width(), again.height()) == (1024, 750)
    assert again.settings.request == "what was written last time"


def test_layout_and_values_come_back(open_window: OpenWindow, session: Session) -> None:
    window = open_window()
    window.history_dock.hide()
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, window.prompt_dock)
    session.draft.prompt = "an owl"
    window.close()

    again = open_window()
    assert again.history_dock.isHidden()
    assert again.dockWidgetArea(again.prompt_dock) is Qt.DockWidgetArea.RightDockWidgetArea
    assert Request.from_json(again.settings.request).prompt == "an owl"

    again.reset_layout()
    assert not again.history_dock.isHidden()
    assert again.dockWidgetArea(again.prompt_dock) is Qt.DockWidgetArea.LeftDockWidgetArea


def test_a_window_left_on_a_screen_that_is_gone_comes_back(open_window: OpenWindow) -> None:
    window = open_window()
    window.move(QPoint(40_000, 40_000))
    window.close()
    again = open_window()
    room = again.screen().availableGeometry()
    assert room.intersects(QRect(again.pos(), again.size()))


def test_it_fits_a_small_screen(open_window: OpenWindow) -> None:
    window = open_window()
    window.resize(MINIMUM_SIZE)
    assert window.size() == MINIMUM_SIZE
    assert window.canvas.width() >= 300
    for pane in (window.prompt, window.canvas, window.timeline, window.history):
        assert pane.width() >= pane.minimumSizeHint().width()


def test_a_theme_dresses_the_window_and_is_remembered(open_window: OpenWindow) -> None:
    window = open_window()
    dark = window.grab().toImage().pixelColor(5, 300)
    use_theme(window, "light")
    light = window.grab().toImage().pixelColor(5, 300)
    assert light.lightness() > dark.lightness() + 100
    assert window.settings.theme == "light"


def test_closing_says_so_once(open_window: OpenWindow, qtbot: QtBot) -> None:
    window = open_window()
    with qtbot.waitSignal(window.closing, timeout=1000):
        window.close()
