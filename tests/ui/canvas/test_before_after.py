"""Before and after on the canvas: what is painted on each side, and the line between them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from studio.document import Document, Layer, LayerKind, Stroke, StrokePoint, TiledImage
from studio.document.edits import add_layer, add_paint_layer, crop
from studio.domain.geometry import Box
from studio.library.style_shelf import StyleEntry
from studio.ui.canvas import CanvasView
from studio.ui.canvas.before_after import BeforeAfter
from studio.ui.session import Session
from tests.support.canvases import LEFT, at
from tests.support.fakes import FakeEngine
from tests.support.sessions import until

RED, BLUE, GREEN = (200, 0, 0), (0, 0, 200), (0, 200, 0)


def plain(colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((200, 300, 3), colour, np.uint8)


def generated(colour: tuple[int, int, int]) -> Layer:
    pixels = np.dstack([plain(colour), np.full((200, 300), 255, np.uint8)])
    return Layer("style", TiledImage.of(pixels), LayerKind.GENERATED)


@pytest.fixture
def document(canvas: CanvasView, session: Session) -> Document:
    """Red, and blue over it in another style."""
    document = Document.of_picture(plain(RED), "photo")
    document.do(add_layer(document.content, generated(BLUE)))
    session.editing.open(document)
    return document


@pytest.fixture
def line(canvas: CanvasView) -> BeforeAfter:
    found = canvas.findChild(BeforeAfter)
    assert isinstance(found, BeforeAfter)
    return found


def seen(canvas: CanvasView, x: float, y: float) -> tuple[int, ...]:
    """The colour at a place of the picture."""
    return canvas.grab().toImage().pixelColor(at(canvas, x, y)).getRgb()[:3]


def test_left_of_the_line_is_before_and_right_of_it_after(
    canvas: CanvasView, session: Session, document: Document, line: BeforeAfter
) -> None:
    assert seen(canvas, 60, 100) == BLUE and not line.isVisible()
    session.comparison.toggle()
    assert line.isVisible()
    assert seen(canvas, 60, 20) == RED and seen(canvas, 140, 20) == RED
    assert seen(canvas, 160, 20) == BLUE and seen(canvas, 290, 20) == BLUE
    session.comparison.toggle()
    assert seen(canvas, 60, 20) == BLUE and not line.isVisible()


def test_a_trial_is_the_after(canvas: CanvasView, session: Session, document: Document) -> None:
    session.comparison.set_on(True)
    document.set_overlays((generated(GREEN),))
    assert seen(canvas, 60, 20) == BLUE and seen(canvas, 240, 20) == GREEN
    document.set_overlays(())
    assert seen(canvas, 60, 20) == RED and seen(canvas, 240, 20) == BLUE


def test_the_line_is_dragged_with_the_mouse_and_moved_by_keys(
    canvas: CanvasView, session: Session, document: Document, line: BeforeAfter
) -> None:
    session.comparison.set_on(True)
    start, end = at(canvas, 150, 30), at(canvas, 225, 60)
    target = canvas.childAt(start)
    assert target is line
    assert canvas.childAt(at(canvas, 180, 30)) is not line
    QTest.mousePress(line, LEFT, pos=line.mapFrom(canvas, start))
    QTest.mouseMove(line, line.mapFrom(canvas, end))
    QTest.mouseRelease(line, LEFT, pos=line.mapFrom(canvas, end))
    assert session.comparison.share == pytest.approx(0.75, abs=0.01)
    assert seen(canvas, 215, 20) == RED and seen(canvas, 235, 20) == BLUE
    assert canvas.childAt(at(canvas, 225, 30)) is line
    share = session.comparison.share
    line.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(line, Qt.Key.Key_Left)
    assert session.comparison.share == pytest.approx(share - 0.02)
    assert line.accessibleDescription() == f"{session.comparison.share:.0%} from the left"
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert not session.comparison.is_on


def test_it_follows_zoom_and_rotation(
    canvas: CanvasView, session: Session, document: Document, line: BeforeAfter
) -> None:
    session.comparison.set_on(True)
    for change in (canvas.zoom_in, canvas.rotate_right, canvas.rotate_right, canvas.fit):
        change()
        middle = canvas.to_widget.map(QPointF(150, 100)).toPoint()
        if canvas.rect().contains(middle):
            assert canvas.childAt(middle) is line
    assert seen(canvas, 120, 100) == RED and seen(canvas, 180, 100) == BLUE


def test_paint_is_seen_on_both_sides_while_it_is_painted(
    canvas: CanvasView, session: Session, document: Document
) -> None:
    document.do(add_paint_layer(document.content))
    session.comparison.set_on(True)
    canvas.grab()
    brush = next(iter(session.tools.brushes.values()))
    stroke = Stroke(document, brush, colour=GREEN)
    stroke.extend([StrokePoint(x, 150, 1.0) for x in range(20, 280, 4)])
    assert seen(canvas, 60, 150) == seen(canvas, 240, 150) == GREEN
    stroke.finish()
    document.undo()
    assert seen(canvas, 60, 150) == RED and seen(canvas, 240, 150) == BLUE


def test_it_follows_a_crop_and_another_document(
    canvas: CanvasView, session: Session, document: Document, line: BeforeAfter
) -> None:
    session.comparison.set_on(True)
    document.do(crop(document.content, Box(100, 0, 100, 200)))
    assert seen(canvas, 20, 20) == RED and seen(canvas, 80, 20) == BLUE
    document.undo()
    assert seen(canvas, 120, 20) == RED and seen(canvas, 180, 20) == BLUE
    session.editing.put_away = lambda _document: None
    session.editing.open(Document.of_picture(plain(GREEN), "another"))
    assert not line.isVisible()
    assert seen(canvas, 60, 20) == GREEN


def test_beside_a_picture_on_show_there_is_no_line(
    canvas: CanvasView, session: Session, document: Document, line: BeforeAfter
) -> None:
    session.comparison.set_on(True)
    session.editing.leave()
    assert not line.isVisible()
    session.editing.bring_back()
    assert line.isVisible()


def test_the_canvas_goes_on_working_beside_the_line(
    canvas: CanvasView, session: Session, document: Document
) -> None:
    session.comparison.set_on(True)
    zoom = canvas.zoom
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert QApplication.focusWidget() is canvas
    QTest.mouseClick(canvas, LEFT, pos=QPoint(5, 5))
    assert canvas.zoom == zoom
    assert session.comparison.share == 0.5


async def test_escape_on_the_canvas_takes_a_trial_off(
    qasync_loop: QEventLoop, canvas: CanvasView, session: Session, engine: FakeEngine
) -> None:
    document = Document.of_picture(plain(RED)[:100, :100], "photo")
    session.editing.open(document)
    session.styles.choose(StyleEntry("Wave", Path("wave"), painted="wave"))
    await until(lambda: engine.jobs)
    engine.jobs[0].start()
    engine.jobs[0].restyle(70)
    await until(lambda: document.overlays)
    assert seen(canvas, 50, 50) == (70, 70, 70)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert seen(canvas, 50, 50) == RED
    assert not session.restyling.trial.is_on
