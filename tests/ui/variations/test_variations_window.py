"""The dialog and the window of a grid of variations, with real widgets and real events."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from studio.domain.variations import Axis, Setting
from studio.ui.main_window import MainWindow
from studio.ui.session import Session
from studio.ui.variations.grid_view import SMALLEST_PX
from studio.ui.variations.grid_window import GridWindow, open_variations
from studio.ui.variations.variations_dialog import SHOW_LAST, VariationsDialog
from tests.support.fakes import FakeEngine
from tests.support.sessions import until

AXES = (
    Axis(Setting.STEPS, ("2", "4", "6")),
    Axis(Setting.GUIDANCE_SCALE, ("1", "5")),
    Axis(Setting.SEED, ("7", "8")),
)


def field(dialog: VariationsDialog, name: str) -> QLineEdit:
    return next(line for line in dialog.findChildren(QLineEdit) if line.accessibleName() == name)


def button(window: GridWindow | VariationsDialog, text: str) -> QPushButton:
    return next(one for one in window.findChildren(QPushButton) if one.text() == text)


@pytest.fixture
def dialog(session: Session, qasync_loop: object, qtbot: QtBot) -> VariationsDialog:
    session.draft.prompt = "a cat in the snow"
    dialog = VariationsDialog(session, [(Setting.STEPS, ""), (None, "")])
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_it_says_what_is_varied(
    dialog: VariationsDialog, session: Session, qasync_loop: object, qtbot: QtBot
) -> None:
    assert any("“a cat in the snow”" in it.text() for it in dialog.findChildren(QLabel))
    session.draft.prompt = ""
    empty = VariationsDialog(session)
    qtbot.addWidget(empty)
    assert any("prompt is empty" in it.text() for it in empty.findChildren(QLabel))


def test_it_says_what_the_values_add_up_to(dialog: VariationsDialog, qtbot: QtBot) -> None:
    start = button(dialog, "Make the grid")
    assert not start.isEnabled()
    qtbot.keyClicks(field(dialog, "Values of the columns"), "5-15 (+5)")
    rows = next(
        box for box in dialog.findChildren(QComboBox) if box.accessibleName() == "Rows vary"
    )
    rows.setCurrentText("prompt words")
    qtbot.keyClicks(field(dialog, "Values of the rows"), "cat, dog")
    assert dialog._summary.text() == "3 × 2 = 6 pictures, 60 steps in all."
    assert start.isEnabled()
    assert [axis.setting for axis in dialog.axes()] == [Setting.STEPS, Setting.PROMPT]


@pytest.mark.parametrize(
    ("text", "says"), [("five", "no whole number"), ("900", "from 1 to 200"), ("", "Write some")]
)
def test_what_can_not_be_made_is_said_before_it_begins(
    dialog: VariationsDialog, qtbot: QtBot, text: str, says: str
) -> None:
    qtbot.keyClicks(field(dialog, "Values of the columns"), text)
    said = dialog._summary.text() + dialog._rows[0]._error.text()
    assert says in said
    assert not button(dialog, "Make the grid").isEnabled()


@pytest.mark.parametrize("setting", Setting)
def test_proposed_values_can_be_read(dialog: VariationsDialog, setting: Setting) -> None:
    row = dialog._rows[0]
    row.choose(setting, "")
    row._fill.click()
    axis = row.axis()
    assert axis is not None
    assert axis.values


@pytest.fixture
def grid(session: Session, qasync_loop: object, qtbot: QtBot) -> Callable[[], GridWindow]:
    """Begins the grid and shows its window; to be called while the loop runs."""

    def begin() -> GridWindow:
        session.variations.start(AXES)
        window = GridWindow(session)
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(window)
        window.resize(800, 600)
        window.show()
        return window

    return begin


async def make_all(engine: FakeEngine, count: int) -> None:
    for number in range(count):
        await until(lambda number=number: len(engine.jobs) > number)
        engine.jobs[number].start()
        engine.jobs[number].preview(1)
        engine.jobs[number].finish()


async def stopped(session: Session) -> None:
    session.variations.stop()
    await until(lambda: not session.variations.is_running)


async def test_cells_fill_up_and_a_click_shows_one(
    grid: Callable[[], GridWindow], session: Session, engine: FakeEngine
) -> None:
    window = grid()
    await make_all(engine, 3)
    await until(lambda: session.variations.done == 3)
    assert window._state.text().startswith("3 of 12 pictures")
    assert button(window, "Stop").isVisible()
    view = window.view
    place = view.cell_rect(2).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    await until(lambda: session.shown.picture)
    assert session.shown.picture == session.variations.cells[2].picture
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    await until(lambda: session.draft.num_inference_steps == 6)
    button(window, "Stop").click()
    await until(lambda: not session.variations.is_running)
    assert not button(window, "Stop").isVisible()


async def test_arrows_move_within_the_page_and_enter_shows(
    grid: Callable[[], GridWindow], session: Session, engine: FakeEngine
) -> None:
    window = grid()
    view = window.view
    keys = {
        Qt.Key.Key_Right: 1,
        Qt.Key.Key_Down: 4,
        Qt.Key.Key_Left: 3,
        Qt.Key.Key_Up: 0,
        Qt.Key.Key_End: 5,
        Qt.Key.Key_Home: 0,
    }
    for key, number in keys.items():
        QTest.keyClick(view, key)
        assert view.current_number == number
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert view.current_number == 0
    assert view.accessibleDescription() == "steps 2, guidance 1, not done yet"
    await make_all(engine, 1)
    await until(lambda: session.variations.done == 1)
    assert view.accessibleDescription() == "steps 2, guidance 1"
    QTest.keyClick(view, Qt.Key.Key_Return)
    await until(lambda: session.shown.picture)
    await stopped(session)


async def test_the_other_page_has_the_other_cells(
    grid: Callable[[], GridWindow], session: Session
) -> None:
    window = grid()
    pages = next(box for box in window.findChildren(QComboBox) if box.accessibleName() == "Page")
    assert [pages.itemText(number) for number in range(pages.count())] == ["seed 7", "seed 8"]
    pages.setCurrentIndex(1)
    assert window.view.current_number == 6
    await stopped(session)


async def test_labels_are_no_cells_and_cells_can_be_made_larger(
    grid: Callable[[], GridWindow], session: Session
) -> None:
    window = grid()
    view = window.view
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    before = view.cell_rect(0).width()
    view.zoom(1.5)
    assert view.cell_rect(0).width() > before
    for _ in range(20):
        view.zoom(0.5)
    assert view.cell_rect(0).width() == SMALLEST_PX
    view.fit()
    assert view.cell_rect(0).width() == before
    assert session.shown.picture is None
    await stopped(session)


async def test_a_closed_window_leaves_the_grid_at_work(
    grid: Callable[[], GridWindow], session: Session, engine: FakeEngine
) -> None:
    window = grid()
    await make_all(engine, 1)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isVisible()
    await until(lambda: len(engine.jobs) == 2)
    assert session.variations.is_running
    assert not any(job.was_cancelled for job in engine.jobs)
    await stopped(session)


async def test_the_grid_that_is_made_comes_back_from_the_menu(
    window: MainWindow, session: Session, engine: FakeEngine
) -> None:
    session.variations.start(AXES)
    first = open_variations(window)
    assert first is not None
    again = open_variations(window)
    assert again is not None
    await until(lambda: not first.isVisible())
    assert again.view.current_number == 0
    await stopped(session)
    dialog = VariationsDialog(session, (), window)
    dialog.show()
    QTest.mouseClick(button(dialog, "Show the last grid"), Qt.MouseButton.LeftButton)
    assert dialog.result() == SHOW_LAST
