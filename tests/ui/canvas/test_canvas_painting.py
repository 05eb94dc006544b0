"""Painting on the canvas with real events: mouse, pen and keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPointingDevice
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.document import Document
from studio.document.rendering.composite import flatten
from studio.domain.geometry import Size
from studio.ui.canvas import CanvasView
from studio.ui.session import Emergence, Session, ToolName
from tests.support.canvases import at, drag, draw

WHITE = np.full((200, 300, 3), 255, np.uint8)


def test_touching_a_finished_picture_with_the_brush_opens_and_paints_it(
    canvas: CanvasView, session: Session
) -> None:
    session.shown.put(Emergence.of_finished(WHITE, None), None)
    session.tools.active = ToolName.BRUSH
    drag(canvas, (50, 100), (150, 100), (250, 100))
    document = session.editing.document
    assert document is not None
    assert session.editing.is_on_canvas
    painted = flatten(document.content)
    assert tuple(painted[100, 150]) == (0, 0, 0, 255)
    assert tuple(painted[20, 150]) == (255, 255, 255, 255)
    assert document.log.undo_name is not None
    session.editing.undo()
    assert np.array_equal(flatten(document.content)[..., :3], WHITE)


def test_what_is_painted_is_seen_at_once(canvas: CanvasView, session: Session) -> None:
    session.editing.open(Document.of_picture(WHITE))
    session.tools.active = ToolName.BRUSH
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=at(canvas, 150, 100))
    seen = canvas.grab().toImage()
    assert seen.pixelColor(at(canvas, 150, 104)).lightness() < 20
    assert seen.pixelColor(at(canvas, 20, 20)).lightness() > 240
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.grab().toImage().pixelColor(at(canvas, 150, 104)).lightness() > 240


def test_the_mask_is_painted_over_the_picture_and_taken_away(
    canvas: CanvasView, session: Session
) -> None:
    document = Document.of_picture(WHITE)
    session.editing.open(document)
    session.tools.active = ToolName.MASK_BRUSH
    drag(canvas, (100, 100), (200, 100))
    assert document.content.mask.read(document.content.area)[100, 150] == 255
    assert np.array_equal(flatten(document.content)[..., :3], WHITE)
    seen = canvas.grab().toImage().pixelColor(at(canvas, 150, 100))
    assert seen.red() > seen.green() + 40
    session.tools.active = ToolName.MASK_ERASER
    drag(canvas, (100, 100), (200, 100))
    assert document.content.mask.read(document.content.area)[100, 150] == 0


def test_shift_draws_a_straight_line_from_the_last_stroke(
    canvas: CanvasView, session: Session
) -> None:
    document = Document.of_picture(WHITE)
    session.editing.open(document)
    session.tools.active = ToolName.BRUSH
    drag(canvas, (30, 30), (40, 30))
    QTest.mouseClick(
        canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, at(canvas, 240, 170)
    )
    assert flatten(document.content)[100, 140].sum() < 3 * 60 + 255


def test_pressure_makes_the_pen_thicker(canvas: CanvasView, session: Session) -> None:
    document = Document.of_picture(WHITE)
    session.editing.open(document)
    tools = session.tools
    tools.active = ToolName.BRUSH
    tools.set_brush(ToolName.BRUSH, replace(tools.brushes[ToolName.BRUSH], pressure_size=True))
    widths = []
    for row, pressure in ((50, 0.3), (150, 1.0)):
        draw(canvas, (60, row), (240, row), pressure=pressure)
        column = flatten(document.content)[row - 40 : row + 40, 150, 0]
        widths.append(int((column < 128).sum()))
    assert 2 * widths[0] < widths[1]


def test_the_other_end_of_the_pen_erases(canvas: CanvasView, session: Session) -> None:
    document = Document.of_picture(WHITE)
    session.editing.open(document)
    session.tools.active = ToolName.BRUSH
    draw(canvas, (60, 100), (240, 100), end=QPointingDevice.PointerType.Eraser)
    assert flatten(document.content)[100, 150, 3] == 0
    assert document.log.undo_name == "Erase"


def test_keys_change_the_brush(canvas: CanvasView, session: Session) -> None:
    session.tools.active = ToolName.BRUSH
    before = session.tools.brushes[ToolName.BRUSH]
    QTest.keyClick(canvas, Qt.Key.Key_BracketRight)
    assert session.tools.brushes[ToolName.BRUSH].size_px > before.size_px
    QTest.keyClick(canvas, Qt.Key.Key_BracketLeft)
    QTest.keyClick(canvas, Qt.Key.Key_BraceLeft, Qt.KeyboardModifier.ShiftModifier)
    assert session.tools.brushes[ToolName.BRUSH].hardness < before.hardness


def test_with_nothing_to_paint_on_one_sentence_says_so(
    canvas: CanvasView, session: Session
) -> None:
    said = []
    session.messages.notice.connect(said.append)
    session.tools.active = ToolName.BRUSH
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(250, 200))
    assert len(said) == 1
    assert session.editing.document is None


def test_a_large_document_is_refined_until_it_is_sharp(
    canvas: CanvasView, session: Session, qtbot: QtBot
) -> None:
    stripes = np.zeros((2048, 2048, 3), np.uint8)
    stripes[:, ::2] = 255  # sampled roughly: all white or all black; sharp: grey
    session.editing.open(Document.of_picture(stripes))
    assert session.editing.document is not None
    assert session.editing.document.size == Size(2048, 2048)

    def is_grey() -> None:
        seen = canvas.grab().toImage().pixelColor(at(canvas, 1024, 1024))
        assert 100 < seen.lightness() < 156

    qtbot.waitUntil(is_grey)
