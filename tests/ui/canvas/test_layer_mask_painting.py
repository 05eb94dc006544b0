"""Painting on a layer's own mask with real events: mouse, pen, bucket."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QPointingDevice
from PySide6.QtTest import QTest

from studio.document import Document, Layer, Target, flatten
from studio.document.edits import add_generated, add_paint_layer
from studio.ui.canvas import CanvasView
from studio.ui.session import Session, ToolName
from tests.support.canvases import LEFT, at, drag, draw

WHITE, BLACK = (255, 255, 255), (0, 0, 0)
ERASER_END = QPointingDevice.PointerType.Eraser


@pytest.fixture
def document(session: Session) -> Document:
    """White, and over all of it a blue layer with a mask of its own, which shows its left half."""
    document = Document.of_picture(np.full((200, 300, 3), 255, np.uint8))
    mask = np.zeros((200, 300), np.uint8)
    mask[:, :150] = 255
    blue = np.full((200, 300, 3), (0, 0, 250), np.uint8)
    document.do(add_generated(document.content, blue, mask, "blue"))
    session.editing.open(document)
    return document


def top(document: Document) -> Layer:
    return document.content.layers[-1]


def own_mask(document: Document) -> np.ndarray:
    mask = top(document).mask
    assert mask is not None
    return mask.read(document.content.area)


def seen(canvas: CanvasView, x: float, y: float) -> str:
    return canvas.grab().toImage().pixelColor(at(canvas, x, y)).name()


@pytest.mark.parametrize(
    ("tool", "colour", "x", "name"),
    [
        (ToolName.BRUSH, WHITE, 220, "Paint layer mask"),
        (ToolName.BRUSH, BLACK, 75, "Paint layer mask"),
        (ToolName.ERASER, WHITE, 75, "Erase layer mask"),
    ],
)
def test_white_reveals_black_and_the_eraser_hide_at_once(
    canvas: CanvasView,
    document: Document,
    session: Session,
    tool: ToolName,
    colour: tuple[int, int, int],
    x: int,
    name: str,
) -> None:
    image, before = top(document).image, own_mask(document)
    blue, white = "#0000fa", "#ffffff"
    was, becomes = (white, blue) if x > 150 else (blue, white)
    session.layers.paint_on(Target.LAYER_MASK)
    session.tools.active = tool
    session.tools.foreground = colour
    assert seen(canvas, x, 100) == was
    QTest.mousePress(canvas, LEFT, pos=at(canvas, x, 60))
    QTest.mouseMove(canvas, at(canvas, x, 120))
    QTest.mouseMove(canvas, at(canvas, x, 150))
    assert seen(canvas, x, 100) == becomes, "it is seen while the stroke is painted"
    QTest.mouseRelease(canvas, LEFT, pos=at(canvas, x, 150))
    assert document.log.undo_name == name
    assert top(document).image is image
    assert seen(canvas, x, 100) == becomes
    assert seen(canvas, x, 10) == was
    session.editing.undo()
    assert np.array_equal(own_mask(document), before)
    assert seen(canvas, x, 100) == was


def test_the_pen_s_pressure_and_its_other_end_work_on_the_mask(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    session.layers.paint_on(Target.LAYER_MASK)
    session.tools.active = ToolName.BRUSH
    session.tools.foreground = WHITE
    brush = replace(session.tools.brushes[ToolName.BRUSH], hardness=1.0, pressure_opacity=True)
    session.tools.set_brush(ToolName.BRUSH, brush)
    draw(canvas, (200, 50), (250, 50), pressure=0.5)
    assert own_mask(document)[50, 225] == 128
    assert flatten(document.content)[50, 225, 0] == 255 - 127 - 1
    draw(canvas, (50, 150), (100, 150), end=ERASER_END)
    assert own_mask(document)[150, 75] == 0
    assert document.log.undo_name == "Erase layer mask"


def test_the_bucket_fills_the_mask_where_the_picture_looks_alike(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    image = top(document).image
    session.layers.paint_on(Target.LAYER_MASK)
    session.tools.active = ToolName.BUCKET
    session.tools.foreground = BLACK
    QTest.mouseClick(canvas, LEFT, pos=at(canvas, 75, 100))
    assert not own_mask(document).any()
    assert top(document).image is image
    assert (flatten(document.content) == 255).all()


def test_the_picture_is_painted_on_unless_the_mask_was_chosen(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    told: list[Target] = []
    session.layers.target_changed.connect(lambda: told.append(session.layers.target))
    session.tools.active = ToolName.BRUSH
    mask = top(document).mask
    assert session.layers.target is Target.LAYER, "a generated layer lands as a picture"
    drag(canvas, (50, 50), (100, 50))
    assert top(document).mask is mask
    session.layers.toggle_target()
    drag(canvas, (50, 50), (100, 50))
    assert top(document).mask is not mask
    document.do(add_paint_layer(document.content))
    assert session.layers.target is Target.LAYER, "the new layer has no mask"
    session.layers.activate(document.content.layers[1].id)
    assert session.layers.target is Target.LAYER, "another layer's picture comes first"
    assert told[:2] == [Target.LAYER_MASK, Target.LAYER]


def test_a_mask_that_is_undone_is_no_longer_painted_on(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    session.layers.activate(document.content.layers[0].id)
    session.layers.mask()
    assert session.layers.target is Target.LAYER_MASK
    assert session.layers.has_mask
    session.tools.active = ToolName.ERASER
    drag(canvas, (200, 100), (260, 100))
    assert flatten(document.content)[100, 230, 3] == 0
    session.editing.undo()
    session.editing.undo()
    assert session.layers.target is Target.LAYER
    drag(canvas, (200, 100), (260, 100))
    assert document.log.undo_name == "Erase"
