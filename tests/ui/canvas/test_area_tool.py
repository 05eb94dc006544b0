"""The working area on the canvas, with real events."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studio.document import Document
from studio.document.edits import write_mask
from studio.domain.geometry import Box
from studio.ui.canvas import CanvasView
from studio.ui.canvas.mask_bar import MaskBar
from studio.ui.session import Session, ToolName
from tests.support.canvases import LEFT, at, drag

NONE, ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
AREA = Box(96, 80, 128, 96)


@pytest.fixture
def document(session: Session) -> Document:
    document = Document.of_picture(np.full((300, 400, 3), 200, np.uint8))
    session.editing.open(document)
    return document


@pytest.fixture
def canvas_wh() -> tuple[int, int]:
    return 900, 700


@pytest.fixture(autouse=True)
def in_hand(canvas: CanvasView, document: Document, session: Session) -> None:
    canvas.actual_size()
    session.tools.active = ToolName.AREA


def masked(document: Document, place: Box) -> None:
    white = np.full((place.height, place.width), 255, np.uint8)
    document.do(write_mask(document.content, place, white))


@pytest.fixture
def chosen(session: Session, canvas: CanvasView) -> None:
    session.working_area.choose(AREA)


def area(document: Document) -> Box | None:
    return document.content.working_area


def test_a_box_is_drawn_in_multiples_and_stays_in_the_picture(
    canvas: CanvasView, document: Document
) -> None:
    drag(canvas, (40, 50), (143, 121))
    assert area(document) == Box(40, 50, 104, 72)
    drag(canvas, (350, 250), (500, 400))
    assert area(document) == Box(350, 250, 50, 50)


def test_a_click_beside_it_changes_nothing(
    canvas: CanvasView, document: Document, chosen: None
) -> None:
    QTest.mouseClick(canvas, LEFT, pos=at(canvas, 20, 20))
    QTest.mouseClick(canvas, LEFT, pos=at(canvas, 150, 120))
    assert area(document) == AREA
    assert len(document.log.steps) == 1


def test_inside_it_moves_and_snaps_to_the_borders(
    canvas: CanvasView, document: Document, chosen: None
) -> None:
    drag(canvas, (150, 120), (161, 133))
    assert area(document) == Box(107, 93, 128, 96)
    drag(canvas, (161, 133), (59, 133))
    assert area(document) == Box(0, 93, 128, 96)
    drag(canvas, (60, 140), (62, 138), modifiers=CONTROL)
    assert area(document) == Box(2, 91, 128, 96)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((96, 128), (83, 128), Box(80, 80, 144, 96)),
        ((224, 128), (245, 90), Box(96, 80, 152, 96)),
        ((160, 80), (160, 71), Box(96, 72, 128, 104)),
        ((160, 176), (160, 200), Box(96, 80, 128, 120)),
        ((96, 80), (120, 104), Box(120, 104, 104, 72)),
        ((224, 176), (900, 900), Box(96, 80, 304, 220)),
        ((224, 80), (230, 66), Box(96, 64, 136, 112)),
        ((96, 176), (104, 150), Box(104, 80, 120, 72)),
    ],
)
def test_eight_handles_resize(
    canvas: CanvasView,
    document: Document,
    chosen: None,
    start: tuple[float, float],
    end: tuple[float, float],
    expected: Box,
) -> None:
    drag(canvas, start, end)
    assert area(document) == expected


def test_with_alt_it_goes_to_the_pixel(canvas: CanvasView, document: Document) -> None:
    drag(canvas, (40, 50), (143, 121), modifiers=ALT)
    assert area(document) == Box(40, 50, 103, 71)


def test_it_snaps_to_the_masks_padded_bounds(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    masked(document, Box(150, 100, 60, 40))
    padded = session.working_area.automatic
    assert padded is not None
    assert session.working_area.box == padded
    drag(canvas, (padded.right, padded.y + 30), (padded.right + 40, padded.y + 30))
    grown = area(document)
    assert grown is not None
    assert grown.x == padded.x
    assert grown.width > padded.width
    drag(canvas, (grown.right, padded.y + 30), (padded.right + 3, padded.y + 30))
    assert area(document) == padded


def test_each_drag_is_a_step_and_escape_or_a_double_click_let_the_studio_choose(
    canvas: CanvasView, document: Document, session: Session, chosen: None
) -> None:
    drag(canvas, (150, 120), (160, 130))
    drag(canvas, (160, 130), (180, 140))
    session.editing.undo()
    assert area(document) == Box(106, 90, 128, 96)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert area(document) is None
    session.editing.undo()
    assert area(document) == Box(106, 90, 128, 96)
    place = at(canvas, 150, 120)
    QTest.mouseClick(canvas, LEFT, pos=place)
    QTest.mouseDClick(canvas, LEFT, pos=place)
    assert area(document) is None


def test_escape_takes_back_a_drag_and_another_tool_leaves_the_area(
    canvas: CanvasView, document: Document, session: Session, chosen: None
) -> None:
    QTest.mousePress(canvas, LEFT, NONE, at(canvas, 150, 120))
    QTest.mouseMove(canvas, at(canvas, 190, 160))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas, LEFT, NONE, at(canvas, 190, 160))
    assert area(document) == AREA
    session.tools.active = ToolName.BRUSH
    assert area(document) == AREA
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert area(document) == AREA


def test_the_frame_is_seen_with_every_tool(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    edge = at(canvas, AREA.x, AREA.y + 20)

    def line() -> bool:
        image = canvas.grab().toImage()
        return any(image.pixelColor(edge.x() + x, edge.y()).lightness() == 255 for x in (-1, 0, 1))

    session.tools.active = ToolName.BRUSH
    assert not line()
    session.working_area.choose(AREA)
    assert line()
    session.tools.active = ToolName.AREA
    assert line()


def test_the_cursor_says_what_a_press_would_do(
    canvas: CanvasView, document: Document, chosen: None
) -> None:
    for place, shape in (
        ((96, 80), Qt.CursorShape.SizeFDiagCursor),
        ((224, 176), Qt.CursorShape.SizeFDiagCursor),
        ((224, 80), Qt.CursorShape.SizeBDiagCursor),
        ((96, 120), Qt.CursorShape.SizeHorCursor),
        ((160, 176), Qt.CursorShape.SizeVerCursor),
        ((160, 120), Qt.CursorShape.SizeAllCursor),
        ((20, 20), Qt.CursorShape.CrossCursor),
    ):
        QTest.mouseMove(canvas, at(canvas, *place))
        assert canvas.cursor().shape() == shape, place


def test_the_bar_leaves_the_handles_free(
    canvas: CanvasView, document: Document, session: Session
) -> None:
    masked(document, Box(150, 100, 60, 40))
    bar = canvas.findChild(MaskBar)
    assert bar is not None
    session.working_area.choose(Box(120, 40, 160, 160))
    assert bar.geometry().top() > at(canvas, 200, 200).y()
    session.tools.active = ToolName.MASK_BRUSH
    assert bar.geometry().top() < at(canvas, 200, 160).y()
