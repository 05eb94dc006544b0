"""Painting on the canvas with real events: mouse, pen and keys."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEventPoint, QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.document import Document
from studio.document.rendering.composite import flatten
from studio.domain.geometry import Size
from studio.ui.canvas import CanvasView
from studio.ui.session import Emergence, Session, ToolName

WHITE = np.full((200, 300, 3), 255, np.uint8)


@pytest.fixture
def canvas(session: Session, qtbot: QtBot) -> Iterator[CanvasView]:
    canvas = CanvasView(session)
    qtbot.addWidget(canvas)
    canvas.resize(500, 400)
    canvas.show()
    canvas.activateWindow()
    canvas.setFocus()
    qtbot.waitUntil(canvas.hasFocus)
    yield canvas


def at(canvas: CanvasView, x: float, y: float) -> QPoint:
    return canvas.to_widget.map(QPointF(x, y)).toPoint()


def drag(canvas: CanvasView, *places: tuple[float, float]) -> None:
    points = [at(canvas, *place) for place in places]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(canvas, point)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=points[-1])


def pen(canvas: CanvasView, kind: QEvent.Type, x: float, y: float, pressure: float) -> None:
    position = QPointF(at(canvas, x, y))
    device = QPointingDevice(
        "pen", 1, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Pen,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 1, 1,
    )  # fmt: skip
    released = kind == QEvent.Type.TabletRelease
    event = QTabletEvent(
        kind, device, position, canvas.mapToGlobal(position), pressure, 0, 0, 0, 0, 0,
        Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton,
        Qt.MouseButton.NoButton if released else Qt.MouseButton.LeftButton,
    )  # fmt: skip
    assert isinstance(event.points()[0], QEventPoint)
    QApplication.sendEvent(canvas, event)


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


def test_pressure_makes_the_pen_thicker_and_its_other_end_erases(
    canvas: CanvasView, session: Session
) -> None:
    from dataclasses import replace

    document = Document.of_picture(WHITE)
    session.editing.open(document)
    tools = session.tools
    tools.active = ToolName.BRUSH
    tools.set_brush(ToolName.BRUSH, replace(tools.brushes[ToolName.BRUSH], pressure_size=True))
    widths = []
    for row, pressure in ((50, 0.3), (150, 1.0)):
        pen(canvas, QEvent.Type.TabletPress, 60, row, pressure)
        pen(canvas, QEvent.Type.TabletMove, 240, row, pressure)
        pen(canvas, QEvent.Type.TabletRelease, 240, row, pressure)
        column = flatten(document.content)[row - 40 : row + 40, 150, 0]
        widths.append(int((column < 128).sum()))
    assert 2 * widths[0] < widths[1]


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
