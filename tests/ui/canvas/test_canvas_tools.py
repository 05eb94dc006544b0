"""The tools that select, colour, move and crop, with real events."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.document import Document
from studio.document.edits import add_picture
from studio.document.rendering.composite import flatten
from studio.domain.geometry import Size
from studio.domain.inpaint import Extents
from studio.ui.canvas import CanvasView
from studio.ui.canvas.tools import TOOLS
from studio.ui.icons import icon
from studio.ui.session import Session, ToolName
from tests.support.canvases import LEFT, at, drag
from tests.support.fakes import FakeEngine
from tests.support.sessions import a_finished_picture

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def document(session: Session) -> Document:
    """300 × 200: red at the left, white at the right."""
    pixels = np.full((200, 300, 3), 255, np.uint8)
    pixels[:, :100] = (200, 30, 30)
    document = Document.of_picture(pixels)
    session.editing.open(document)
    return document


@pytest.fixture
def canvas_wh() -> tuple[int, int]:
    return 700, 500


def mask(document: Document) -> np.ndarray:
    return document.content.mask.read(document.content.area)


def test_every_tool_has_an_icon_and_a_key_of_its_own() -> None:
    keys = [entry.key for entry in TOOLS.values()]
    assert len(set(keys)) == len(keys)
    assert all(not icon(entry.icon).isNull() for entry in TOOLS.values())


def test_shapes_replace_add_and_take_away(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    session.tools.active = ToolName.RECTANGLE
    drag(canvas, (20, 20), (120, 120))
    assert mask(document)[70, 70] == 255
    drag(canvas, (200, 20), (280, 120), modifiers=SHIFT)
    assert mask(document)[70, 70] == mask(document)[70, 240] == 255
    drag(canvas, (10, 10), (150, 150), modifiers=ALT)
    assert mask(document)[70, 70] == 0
    assert mask(document)[70, 240] == 255
    session.tools.active = ToolName.ELLIPSE
    drag(canvas, (20, 20), (120, 120))
    assert mask(document)[70, 70] == 255
    assert mask(document)[23, 23] == mask(document)[70, 240] == 0
    QTest.mouseClick(canvas, LEFT, pos=at(canvas, 250, 180))
    assert not mask(document).any()


def test_a_lasso_is_closed_where_it_ends(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    session.tools.active = ToolName.LASSO
    drag(canvas, (50, 50), (150, 50), (150, 150), (50, 150))
    assert mask(document)[100, 100] == 255
    assert mask(document)[100, 160] == 0


def test_a_polygon_is_closed_by_enter_and_left_by_escape(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    session.tools.active = ToolName.POLYGON
    for corner in ((40, 40), (160, 40), (100, 160)):
        QTest.mouseClick(canvas, LEFT, pos=at(canvas, *corner))
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert mask(document)[60, 100] == 255
    assert mask(document)[150, 50] == 0
    for corner in ((200, 40), (280, 40), (240, 160)):
        QTest.mouseClick(canvas, LEFT, pos=at(canvas, *corner))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert mask(document)[60, 240] == 0


def test_the_wand_takes_what_looks_alike_and_the_bucket_fills_it(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    session.tools.active = ToolName.WAND
    QTest.mouseClick(canvas, LEFT, pos=at(canvas, 50, 100))
    assert mask(document)[5, 5] == 255
    assert mask(document)[5, 200] == 0
    session.tools.active = ToolName.BUCKET
    session.tools.foreground = (0, 0, 250)
    QTest.mouseClick(canvas, LEFT, pos=at(canvas, 50, 100))
    filled = flatten(document.content)
    assert tuple(filled[5, 5, :3]) == (0, 0, 250)
    assert tuple(filled[5, 200, :3]) == (255, 255, 255)


def test_the_picker_takes_the_colour_that_is_seen(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    session.tools.active = ToolName.PICKER
    QTest.mouseClick(canvas, LEFT, pos=at(canvas, 50, 100))
    assert session.tools.foreground == (200, 30, 30)
    QTest.mouseClick(canvas, LEFT, ALT, at(canvas, 50, 100))
    assert session.tools.background == (200, 30, 30)
    assert document.log.undo_name is None


def test_a_layer_is_moved_scaled_and_turned(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    blue = np.full((40, 40, 4), (0, 0, 250, 255), np.uint8)
    document.do(add_picture(document.content, blue, "blue", 150, 50))
    session.tools.active = ToolName.MOVE
    drag(canvas, (170, 70), (200, 70), (220, 90))
    layer = document.content.active
    assert layer is not None
    assert abs(layer.x - 200) <= 1
    assert abs(layer.y - 70) <= 1
    drag(canvas, (layer.x + 40, layer.y + 40), (layer.x + 80, layer.y + 80))
    grown = document.content.active
    assert grown is not None
    assert abs(grown.image.bounds().width - 80) <= 3
    assert abs(grown.x + grown.image.bounds().x - 200) <= 2
    document.undo()
    document.undo()
    assert tuple(flatten(document.content)[70, 170, :3]) == (0, 0, 250)
    drag(canvas, (280, 70), (170, 180), (60, 70))
    assert document.log.undo_name == "Transform layer"


def test_escape_leaves_a_layer_where_it_was(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    session.tools.active = ToolName.MOVE
    before = document.content
    QTest.mousePress(canvas, LEFT, pos=at(canvas, 100, 100))
    QTest.mouseMove(canvas, at(canvas, 150, 150))
    assert document.shown is not before
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert document.shown is before
    QTest.mouseRelease(canvas, LEFT, pos=at(canvas, 150, 150))
    assert document.content is before


def test_enter_crops_and_undo_brings_all_back(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    session.tools.active = ToolName.CROP
    drag(canvas, (50, 50), (200, 150))
    assert document.size == Size(300, 200)
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert abs(document.size.width - 150) <= 2
    assert abs(document.size.height - 100) <= 2
    session.editing.undo()
    assert document.size == Size(300, 200)


def test_edges_are_dragged_outward_in_steps_and_escape_lets_them_go(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    session.tools.active = ToolName.EXPAND
    canvas.set_zoom(1.0)
    drag(canvas, (300, 100), (330, 100), (341, 100))
    assert session.inpainting.extend == Extents(right=40)
    drag(canvas, (0, 0), (-16, -24))
    assert session.inpainting.extend == Extents(16, 24, 40, 0)
    drag(canvas, (100, 100), (150, 150))
    assert session.inpainting.extend == Extents(16, 24, 40, 0)
    drag(canvas, (340, 100), (100, 100))
    assert session.inpainting.extend.right == 0
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not session.inpainting.extend


def test_a_fitted_view_shows_all_that_is_to_be_painted_beyond_the_edges(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    session.tools.active = ToolName.EXPAND
    fitted = canvas.zoom
    assert fitted is not None
    drag(canvas, (300, 100), (420, 100))
    assert session.inpainting.extend == Extents(right=120)
    assert canvas.rect().contains(at(canvas, 420, 100))
    assert canvas.rect().contains(at(canvas, 0, 0))
    middle = (at(canvas, 0, 100) + at(canvas, 420, 100)) / 2
    assert (middle - canvas.rect().center()).manhattanLength() <= 3
    assert canvas.zoom is not None
    assert canvas.zoom < fitted
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.zoom == fitted


async def test_the_edges_to_drag_are_seen_before_the_first_touch(
    qasync_loop: QEventLoop, session: Session, engine: FakeEngine, qtbot: QtBot
) -> None:
    await a_finished_picture(session, engine)
    canvas = CanvasView(session)
    qtbot.addWidget(canvas)
    canvas.resize(500, 500)
    canvas.show()
    before = canvas.grab().toImage()
    session.tools.active = ToolName.EXPAND
    assert canvas.grab().toImage() != before
    assert session.editing.document is None
    await session.close()


def test_handles_leave_the_picture_in_view_when_the_keyboard_came_to_the_canvas(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    session.tools.active = ToolName.EXPAND
    canvas.clearFocus()
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    place = at(canvas, 50, 100)
    assert canvas.grab().toImage().pixelColor(place).getRgb()[:3] == (200, 30, 30)


def test_a_crop_is_mended_at_its_edges_and_moved_before_enter(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    session.tools.active = ToolName.CROP
    drag(canvas, (60, 40), (200, 140))
    drag(canvas, (200, 90), (240, 95))
    drag(canvas, (60, 140), (80, 160))
    drag(canvas, (150, 90), (160, 100))
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert document.size == Size(160, 120)
    assert flatten(document.content)[60, 9, 0] == 200
    assert flatten(document.content)[60, 11, 0] == 255


def test_a_square_crop_grows_from_the_corner_across(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    session.tools.active = ToolName.CROP
    QTest.mousePress(canvas, LEFT, pos=at(canvas, 150, 150))
    QTest.mouseMove(canvas, at(canvas, 90, 120))
    QTest.mouseRelease(canvas, LEFT, SHIFT, at(canvas, 90, 120))
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert document.size == Size(60, 60)
