"""The mask's outline marches while it is seen, and only then."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from studio.document import Document
from studio.document.edits import clear_mask, write_mask
from studio.domain.geometry import Box
from studio.ui.canvas import CanvasView
from studio.ui.canvas.document_image import DocumentImage
from studio.ui.canvas.mask_outline import DASH_PX, STEP_MS, MaskOutline
from studio.ui.session import MaskView, Session

PLACE = Box(60, 40, 120, 80)


@pytest.fixture
def document(session: Session) -> Document:
    document = Document.of_picture(np.full((200, 300, 3), 90, np.uint8))
    white = np.full((PLACE.height, PLACE.width), 255, np.uint8)
    document.do(write_mask(document.content, PLACE, white))
    session.tools.mask_view = MaskView.OUTLINE
    session.editing.open(document)
    return document


@pytest.fixture
def outline(document: Document, canvas: CanvasView) -> MaskOutline:
    assert isinstance(canvas._document, DocumentImage)
    return canvas._document.mask_outline


def top_edge(canvas: CanvasView) -> list[int]:
    """The lightness along the mask's upper edge, as it is on the screen."""
    start = canvas.to_widget.map(QPointF(PLACE.x + 20, PLACE.y)).toPoint()
    image = canvas.grab().toImage()
    places = (start + QPoint(x, 0) for x in range(6 * DASH_PX))
    return [QColor(image.pixel(place)).lightness() for place in places]


def test_the_dashes_move_on(canvas: CanvasView, outline: MaskOutline, qtbot: QtBot) -> None:
    before = top_edge(canvas)
    assert set(before) == {0, 255}
    with qtbot.waitSignal(outline.moved) as moved:
        pass
    assert moved.args is not None
    assert (moved.args[0].x, moved.args[0].bottom) == (PLACE.x, PLACE.bottom)
    after = top_edge(canvas)
    assert set(after) == {0, 255}
    assert after != before
    shift = outline.offset
    assert after[: len(after) - shift] == before[shift:] or after[shift:] == before[:-shift]


def test_they_go_round_without_being_asked(outline: MaskOutline, qtbot: QtBot) -> None:
    seen = {outline.offset}
    for _ in range(2 * DASH_PX):
        with qtbot.waitSignal(outline.moved):
            pass
        seen.add(outline.offset)
    assert seen == set(range(2 * DASH_PX))


def stands_still(outline: MaskOutline, qtbot: QtBot) -> bool:
    """Whether nothing moves, once the step that was due is taken."""
    qtbot.wait(2 * STEP_MS)
    with qtbot.assertNotEmitted(outline.moved, wait=3 * STEP_MS):
        pass
    return True


def test_a_hidden_canvas_costs_nothing(
    canvas: CanvasView, outline: MaskOutline, qtbot: QtBot
) -> None:
    canvas.hide()
    assert stands_still(outline, qtbot)
    canvas.show()
    with qtbot.waitSignal(outline.moved):
        pass


@pytest.mark.parametrize("view", [MaskView.OVERLAY, MaskView.HIDDEN])
def test_other_views_stand_still(
    view: MaskView, canvas: CanvasView, session: Session, outline: MaskOutline, qtbot: QtBot
) -> None:
    session.tools.mask_view = view
    assert stands_still(outline, qtbot)


def test_without_a_mask_nothing_moves(
    canvas: CanvasView, document: Document, outline: MaskOutline, qtbot: QtBot
) -> None:
    document.do(clear_mask(document.content))
    assert stands_still(outline, qtbot)


def test_a_part_painted_alone_keeps_the_rhythm(canvas: CanvasView, document: Document) -> None:
    """The pointer's own outline damages small parts all the time."""
    whole = canvas.grab().toImage()
    start = canvas.to_widget.map(QPointF(PLACE.x + 31, PLACE.y)).toPoint()
    canvas.repaint(start.x(), start.y() - 3, 17, 6)
    assert canvas.grab().toImage() == whole
