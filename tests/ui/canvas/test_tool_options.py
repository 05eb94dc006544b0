"""The options of the tool in hand: true to the tools, as many as there is room for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QColorDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from studio.document import Brush, Document, Target
from studio.ui.canvas.canvas_bar import CanvasBar
from studio.ui.canvas.canvas_view import CanvasView
from studio.ui.canvas.tool_controls import (
    BrushNumber,
    MaskColourButton,
    MaskViewBox,
    TargetButton,
    ToleranceNumber,
)
from studio.ui.canvas.tool_options import ToolOptions
from studio.ui.session import MaskView, Session, ToolName
from studio.ui.session.painting.tools import USUAL_BRUSHES


@pytest.fixture
def options(session: Session, qtbot: QtBot) -> Iterator[ToolOptions]:
    canvas = QWidget()
    qtbot.addWidget(canvas)
    options = ToolOptions(session, canvas)
    qtbot.addWidget(options)
    options.resize(800, 32)
    options.show()
    yield options


def number(parent: QWidget, label: str) -> BrushNumber:
    return next(n for n in parent.findChildren(BrushNumber) if n.accessibleName() == label)


def shown(options: ToolOptions) -> list[str]:
    kinds = (TargetButton, BrushNumber, ToleranceNumber, QCheckBox, MaskViewBox, MaskColourButton)
    return [
        child.accessibleName() or getattr(child, "text", str)()
        for child in options.findChildren(
            QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly
        )
        if isinstance(child, kinds) and child.isVisible()
    ]


def test_each_tool_shows_its_own_options(options: ToolOptions, session: Session) -> None:
    expected = {
        ToolName.HAND: [],
        ToolName.BRUSH: ["Size", "Hardness", "Opacity", "Flow"],
        ToolName.MASK_BRUSH: ["Size", "Mask view", "Mask colour", "Hardness", "Opacity", "Flow"],
        ToolName.WAND: ["Tolerance", "Contiguous", "Mask view", "Mask colour"],
        ToolName.BUCKET: ["Tolerance", "Contiguous"],
        ToolName.LASSO: ["Mask view", "Mask colour"],
        ToolName.CROP: [],
    }
    for tool, names in expected.items():
        session.tools.active = tool
        assert shown(options) == names, tool
        assert options.has_options == bool(names)


def test_a_number_typed_or_stepped_changes_the_brush_in_hand_and_no_other(
    options: ToolOptions, session: Session
) -> None:
    session.tools.active = ToolName.BRUSH
    eraser = session.tools.brushes[ToolName.ERASER]
    spin = number(options, "Opacity").spin_box
    spin.selectAll()
    QTest.keyClicks(spin, "40")
    QTest.keyClick(spin, Qt.Key.Key_Return)
    assert session.tools.brushes[ToolName.BRUSH].opacity == pytest.approx(0.4)
    QTest.keyClick(number(options, "Size").spin_box, Qt.Key.Key_Up)
    assert session.tools.brushes[ToolName.BRUSH].size_px == 25
    assert session.tools.brushes[ToolName.ERASER] == eraser


def test_what_keys_change_is_shown(options: ToolOptions, session: Session) -> None:
    session.tools.active = ToolName.ERASER
    brush = session.tools.brushes[ToolName.ERASER]
    session.tools.set_brush(ToolName.ERASER, replace(brush, size_px=91, hardness=0.25))
    assert number(options, "Size").value() == 91
    assert number(options, "Hardness").value() == 25


def test_return_and_escape_give_the_keyboard_back_to_the_canvas(
    session: Session, qtbot: QtBot
) -> None:
    window = QWidget()
    canvas = CanvasView(session, window)
    bar = CanvasBar(session, canvas, window)
    bar.setGeometry(0, 200, 900, 40)
    qtbot.addWidget(window)
    window.resize(900, 240)
    session.tools.active = ToolName.BRUSH
    window.show()
    window.activateWindow()
    spin = number(bar, "Size").spin_box
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        spin.setFocus()
        qtbot.waitUntil(spin.hasFocus)
        QTest.keyClick(spin, key)
        assert canvas.hasFocus()


def test_what_does_not_fit_is_in_the_popup(options: ToolOptions, session: Session) -> None:
    session.tools.active = ToolName.BRUSH
    options.resize(160, 32)
    assert shown(options) == ["Size"]
    options.resize(30, 32)
    assert shown(options) == []
    popup = options.open_popup()
    names = {n.accessibleName() for n in popup.findChildren(BrushNumber)}
    assert names == {"Size", "Hardness", "Opacity", "Flow", "Spacing"}
    for box in popup.findChildren(QCheckBox):
        QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    brush = session.tools.brushes[ToolName.BRUSH]
    assert brush.pressure_size
    assert brush.pressure_opacity
    number(popup, "Spacing").spin_box.setValue(50)
    assert session.tools.brushes[ToolName.BRUSH].spacing == pytest.approx(0.5)
    popup.close()


def test_wand_options_reach_the_tools(options: ToolOptions, session: Session) -> None:
    session.tools.active = ToolName.WAND
    tolerance = options.findChild(ToleranceNumber)
    assert tolerance is not None
    tolerance.spin_box.setValue(33)
    assert session.tools.tolerance == pytest.approx(0.33)
    box = next(b for b in options.findChildren(QCheckBox) if b.text() == "Contiguous")
    box.click()
    assert not session.tools.contiguous


def test_mask_view_and_colour_are_chosen_here(options: ToolOptions, session: Session) -> None:
    session.tools.active = ToolName.MASK_BRUSH
    view = options.findChild(MaskViewBox)
    button = options.findChild(MaskColourButton)
    assert view is not None
    assert button is not None
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert session.tools.mask_view is MaskView.OUTLINE
    button.click()
    dialog = options.window().findChild(QColorDialog)
    assert dialog is not None
    dialog.setCurrentColor("#00ff80")
    assert session.tools.mask_colour == (0, 255, 128)
    dialog.close()


def test_it_says_what_is_painted_on_where_there_is_a_choice(
    options: ToolOptions, session: Session
) -> None:
    session.tools.active = ToolName.BRUSH
    session.editing.open(Document.of_picture(np.full((20, 30, 3), 255, np.uint8)))
    assert shown(options)[0] == "Size"
    session.layers.mask()
    assert shown(options)[:2] == ["Paints on: layer mask", "Size"]
    button = options.findChild(TargetButton)
    assert button is not None
    assert button.isChecked()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert session.layers.target is Target.LAYER
    assert shown(options)[:2] == ["Paints on: layer", "Size"]
    assert not button.isChecked()
    session.tools.active = ToolName.BUCKET
    assert shown(options) == ["Paints on: layer", "Tolerance", "Contiguous"]
    session.tools.active = ToolName.MASK_BRUSH
    assert "Paints on: layer" not in shown(options)
    session.tools.active = ToolName.ERASER
    popup = options.open_popup()
    assert popup.findChild(TargetButton) is not None
    popup.close()
    session.layers.remove_mask()
    assert shown(options)[0] == "Size"


@pytest.mark.parametrize("tool", list(USUAL_BRUSHES))
def test_a_double_click_on_a_number_goes_back_to_the_tool_s_own(
    options: ToolOptions, session: Session, tool: ToolName
) -> None:
    session.tools.active = ToolName.BRUSH
    session.tools.active = tool
    session.tools.set_brush(tool, Brush(300, 0.1, 0.2, 0.3))
    for label in ("Size", "Hardness", "Opacity", "Flow"):
        name = number(options, label).findChild(QLabel)
        assert name is not None
        QTest.mouseDClick(name, Qt.MouseButton.LeftButton)
    brush, usual = session.tools.brushes[tool], USUAL_BRUSHES[tool]
    assert (brush.size_px, brush.hardness) == (usual.size_px, pytest.approx(usual.hardness))
    assert (brush.opacity, brush.flow) == (usual.opacity, usual.flow)
