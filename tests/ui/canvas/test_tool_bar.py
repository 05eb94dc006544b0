"""The tool bar, and the keys that do the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QColorDialog, QToolButton
from pytestqt.qtbot import QtBot

from studio.ui import theme
from studio.ui.canvas import CanvasView, ToolBar
from studio.ui.canvas.tool_bar import ColourSwatch
from studio.ui.canvas.tools import TOOLS
from studio.ui.main_window import AROUND_CANVAS, MINIMUM_SIZE
from studio.ui.session import Session, ToolName


@pytest.fixture
def bar(session: Session, qtbot: QtBot) -> Iterator[ToolBar]:
    bar = ToolBar(session)
    qtbot.addWidget(bar)
    bar.show()
    yield bar


def button(bar: ToolBar, label: str) -> QToolButton:
    return next(b for b in bar.findChildren(QToolButton) if b.accessibleName() == label)


def test_a_click_takes_the_tool_and_the_bar_shows_which_one_is_in_hand(
    bar: ToolBar, session: Session
) -> None:
    for name, entry in TOOLS.items():
        QTest.mouseClick(button(bar, entry.label), Qt.MouseButton.LeftButton)
        assert session.tools.active is name
    session.tools.active = ToolName.BRUSH
    assert [b.accessibleName() for b in bar.findChildren(QToolButton) if b.isChecked()] == ["Brush"]


def test_it_is_low_enough_for_the_smallest_window(bar: ToolBar, qapp: QApplication) -> None:
    theme.apply(qapp, theme.THEMES["dark"])
    menu_bar_px = theme.CONTROL_HEIGHT + theme.SPACE_XS
    room_px = MINIMUM_SIZE.height() - menu_bar_px - AROUND_CANVAS.bottom()
    assert bar.sizeHint().height() <= room_px


def test_keys_on_the_canvas_take_tools_and_change_colours(session: Session, qtbot: QtBot) -> None:
    canvas = CanvasView(session)
    qtbot.addWidget(canvas)
    canvas.show()
    QTest.keyClick(canvas, Qt.Key.Key_B)
    assert session.tools.active is ToolName.BRUSH
    QTest.keyClick(canvas, Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier)
    assert session.tools.active is ToolName.ELLIPSE
    session.tools.foreground = (9, 8, 7)
    QTest.keyClick(canvas, Qt.Key.Key_X)
    assert session.tools.background == (9, 8, 7)
    QTest.keyClick(canvas, Qt.Key.Key_D)
    assert session.tools.foreground == (0, 0, 0)


def test_a_colour_is_chosen_in_a_dialog_that_blocks_nothing(
    bar: ToolBar, session: Session, qtbot: QtBot
) -> None:
    swatch = bar.findChild(ColourSwatch)
    assert swatch is not None
    QTest.mouseClick(swatch, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    dialog = swatch.findChild(QColorDialog)
    assert dialog is not None
    assert not dialog.isModal()
    dialog.setCurrentColor("#102030")
    assert session.tools.foreground == (16, 32, 48)
    dialog.close()
    QApplication.processEvents()


def test_the_swatch_is_reached_by_keys(bar: ToolBar, session: Session) -> None:
    swatch = bar.findChild(ColourSwatch)
    assert swatch is not None
    QTest.keyClick(swatch, Qt.Key.Key_Return)
    dialog = swatch.findChild(QColorDialog)
    assert dialog is not None
    dialog.close()
    QApplication.processEvents()
