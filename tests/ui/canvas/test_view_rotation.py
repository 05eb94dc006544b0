"""The view turned: what is seen, where tools paint, what is repainted; the picture stays."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.document import Document, flatten
from studio.document.edits import add_picture
from studio.ui.canvas import CanvasView
from studio.ui.session import Emergence, Session, ToolName
from tests.support.canvases import at


def quarters() -> np.ndarray:
    """Red, green above blue, white: (200, 300, 3)."""
    pixels = np.full((200, 300, 3), 255, np.uint8)
    pixels[:100, :150], pixels[:100, 150:], pixels[100:, :150] = (
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
    )
    return pixels


PLACES = {(75, 50): "#ff0000", (225, 50): "#00ff00", (75, 150): "#0000ff", (225, 150): "#ffffff"}


@pytest.mark.parametrize("degrees", [15.0, 90.0, 180.0, 200.0, 345.0])
@pytest.mark.parametrize("edited", [True, False])
def test_what_is_seen_lies_where_the_canvas_says(
    canvas: CanvasView, session: Session, degrees: float, edited: bool
) -> None:
    if edited:
        session.editing.open(Document.of_picture(quarters()))
    else:
        session.shown.put(Emergence.of_finished(quarters(), None), None)
    canvas.rotate_by(degrees)
    image = canvas.grab().toImage()
    for place, colour in PLACES.items():
        assert image.pixelColor(at(canvas, *place)).name() == colour
    corners = canvas.to_widget.mapRect(QRectF(0, 0, 300, 200))
    assert QRectF(canvas.rect()).contains(corners), "a fitted picture is seen as a whole"


def test_a_stroke_lands_under_the_pointer(canvas: CanvasView, session: Session) -> None:
    session.editing.open(Document.of_picture(quarters()))
    session.tools.active = ToolName.BRUSH
    canvas.rotate_by(30)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=at(canvas, 60, 40))
    QTest.mouseMove(canvas, at(canvas, 240, 160))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=at(canvas, 240, 160))
    assert session.editing.document is not None
    painted = flatten(session.editing.document.content)
    for x, y in ((62, 41), (150, 100), (238, 159)):
        assert tuple(painted[y, x, :3]) == (0, 0, 0)
    assert tuple(painted[160, 60, :3]) == (0, 0, 255)


def test_what_changes_is_repainted_where_it_is_seen(
    canvas: CanvasView, session: Session, qtbot: QtBot
) -> None:
    document = Document.of_picture(quarters())
    session.editing.open(document)
    canvas.rotate_by(120)
    canvas.grab()
    document.do(add_picture(document.content, np.zeros((40, 40, 3), np.uint8), "spot", 205, 130))
    shown = canvas.grab().toImage()
    assert shown.pixelColor(at(canvas, 225, 150)).name() == "#000000"
    assert shown.pixelColor(at(canvas, 75, 150)).name() == "#0000ff"


def test_the_picture_follows_the_hand_and_zooms_about_the_pointer(
    canvas: CanvasView, session: Session
) -> None:
    session.editing.open(Document.of_picture(quarters()))
    canvas.rotate_by(75)
    before = canvas.to_widget.map(QPointF(100, 100))
    canvas.pan(30, -20)
    after = canvas.to_widget.map(QPointF(100, 100))
    assert (after - before).x() == pytest.approx(30, abs=1)
    assert (after - before).y() == pytest.approx(-20, abs=1)
    canvas.zoom_by(2, after)
    there = canvas.to_widget.map(QPointF(100, 100))
    assert (there - after).manhattanLength() < 3


def test_turning_on_and_back_is_upright(canvas: CanvasView, session: Session) -> None:
    session.editing.open(Document.of_picture(quarters()))
    before = canvas.grab().toImage()
    canvas.rotate_right()
    canvas.rotate_right()
    assert canvas.rotation == 30
    assert canvas.grab().toImage() != before
    canvas.rotate_left()
    canvas.stand_upright()
    assert canvas.rotation == 0
    assert canvas.grab().toImage() == before
