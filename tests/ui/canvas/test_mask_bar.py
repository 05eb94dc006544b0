"""The bar at the mask, with real events."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QSpinBox, QToolButton
from qasync import QEventLoop

from studio.document import Document
from studio.document.edits import set_prompt, write_mask
from studio.document.rendering.composite import flatten
from studio.domain.geometry import Box
from studio.domain.inpaint import Extents, Intent
from studio.ui import theme
from studio.ui.canvas import CanvasView
from studio.ui.canvas.mask_bar import MaskBar
from studio.ui.canvas.mask_details import MaskDetails
from studio.ui.session import MaskView, Session, ToolName
from tests.support.canvases import at
from tests.support.fakes import FakeEngine
from tests.support.sessions import until

PLACE = Box(60, 60, 40, 30)


@pytest.fixture
def document(session: Session) -> Document:
    document = Document.of_picture(np.full((200, 300, 3), 200, np.uint8))
    session.editing.open(document)
    return document


@pytest.fixture
def canvas_wh() -> tuple[int, int]:
    return 900, 700


@pytest.fixture
def bar(canvas: CanvasView) -> MaskBar:
    bar = canvas.findChild(MaskBar)
    assert bar is not None
    return bar


def masked(document: Document) -> None:
    document.do(write_mask(document.content, PLACE, np.full((30, 40), 255, np.uint8)))


async def painted(engine: FakeEngine, session: Session, first: int = 0) -> None:
    for index in range(first, first + 3):
        await until(lambda index=index: len(engine.jobs) > index)
        engine.jobs[index].start()
        engine.jobs[index].paint(50 + index)
    await until(lambda: not session.inpainting.is_painting)


def test_it_stands_beside_the_mask_while_there_is_one(
    bar: MaskBar, canvas: CanvasView, document: Document, session: Session
) -> None:
    assert not bar.isVisible()
    session.tools.active = ToolName.MASK_BRUSH
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=at(canvas, 150, 60))
    assert not bar.isVisible()
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=at(canvas, 150, 60))
    assert bar.isVisible()
    bounds = document.content.mask.bounds()
    lowest = canvas.to_widget.map(QPointF(bounds.x, bounds.bottom)).y()
    assert bar.geometry().top() >= lowest
    assert canvas.rect().contains(bar.geometry())
    session.editing.undo()
    assert not bar.isVisible()


async def test_return_paints_keys_choose_and_keep(
    qasync_loop: QEventLoop,
    bar: MaskBar,
    canvas: CanvasView,
    document: Document,
    session: Session,
    engine: FakeEngine,
) -> None:
    masked(document)
    prompt = bar.findChild(QLineEdit)
    assert prompt is not None
    prompt.setFocus()
    QTest.keyClicks(prompt, "a moon")
    QTest.keyClick(prompt, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    await painted(engine, session)
    assert engine.jobs[0].request.prompt == "a moon"
    assert document.content.prompt == "a moon"
    assert canvas.hasFocus()
    QTest.keyClick(canvas, Qt.Key.Key_3)
    assert session.inpainting.chosen == 2
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert session.inpainting.chosen == 0
    QTest.keyClick(canvas, Qt.Key.Key_Left)
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert flatten(document.content)[PLACE.y + 10, PLACE.x + 10, 0] == 52
    assert not bar.isVisible()


async def test_n_paints_another_three_and_digits_reach_all(
    qasync_loop: QEventLoop,
    bar: MaskBar,
    canvas: CanvasView,
    document: Document,
    session: Session,
    engine: FakeEngine,
) -> None:
    turned: list[bool] = []
    shortcut = QShortcut(QKeySequence("6"), canvas)
    shortcut.activated.connect(lambda: turned.append(True))
    document.do(set_prompt(document.content, "a moon"))
    session.editing.document_changed.emit()
    masked(document)
    session.inpainting.generate("a moon")
    await painted(engine, session)
    thumbnails = [b for b in bar.findChildren(QToolButton) if "Candidate" in b.accessibleName()]
    assert sum(button.isVisible() for button in thumbnails) == 3
    for first in (3, 6):
        QTest.keyClick(canvas, Qt.Key.Key_N)
        await painted(engine, session, first)
        assert sum(button.isVisible() for button in thumbnails) == first + 3
        assert all(not button.icon().isNull() for button in thumbnails[: first + 3])
        assert canvas.rect().contains(bar.geometry())
    more = next(b for b in bar.findChildren(QPushButton) if b.text() == "Another three")
    assert not more.isEnabled()
    QTest.keyClick(canvas, Qt.Key.Key_6)
    assert session.inpainting.chosen == 5
    assert thumbnails[5].isChecked()
    assert not turned
    QTest.mouseClick(thumbnails[8], Qt.MouseButton.LeftButton)
    assert session.inpainting.chosen == 8
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not session.inpainting.candidates
    QTest.keyClick(canvas, Qt.Key.Key_6)
    assert turned


async def test_without_words_the_cursor_stays_where_they_are_written(
    qasync_loop: QEventLoop,
    bar: MaskBar,
    document: Document,
    session: Session,
    engine: FakeEngine,
) -> None:
    masked(document)
    prompt = bar.findChild(QLineEdit)
    assert prompt is not None
    prompt.setFocus()
    QTest.keyClick(prompt, Qt.Key.Key_Return)
    await until(lambda: not session.inpainting.is_painting)
    assert prompt.hasFocus()
    assert not engine.jobs


async def test_escape_discards_and_leaves_everything_as_it_was(
    qasync_loop: QEventLoop,
    bar: MaskBar,
    canvas: CanvasView,
    document: Document,
    session: Session,
    engine: FakeEngine,
) -> None:
    masked(document)
    before = document.content
    session.inpainting.generate("a moon")
    await painted(engine, session)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not session.inpainting.candidates
    assert document.content is before
    assert bar.isVisible()


async def test_the_button_stops_what_it_started(
    qasync_loop: QEventLoop,
    bar: MaskBar,
    document: Document,
    session: Session,
    engine: FakeEngine,
) -> None:
    masked(document)
    intents = bar.findChild(QComboBox)
    assert intents is not None
    intents.setCurrentText("Fill")
    intents.activated.emit(intents.currentIndex())
    go = next(button for button in bar.findChildren(QPushButton) if button.text() == "Paint")
    QTest.mouseClick(go, Qt.MouseButton.LeftButton)
    await until(lambda: engine.jobs)
    assert go.text() == "Stop"
    QTest.mouseClick(go, Qt.MouseButton.LeftButton)
    await until(lambda: not session.inpainting.is_painting)
    assert engine.jobs[0].was_cancelled
    assert len(engine.jobs) == 1
    assert session.inpainting.intent is Intent.FILL


async def test_details_decide_what_is_asked_for(
    qasync_loop: QEventLoop,
    bar: MaskBar,
    document: Document,
    session: Session,
    engine: FakeEngine,
) -> None:
    masked(document)
    details = bar.findChild(MaskDetails)
    assert details is not None
    QTest.mouseClick(details, Qt.MouseButton.LeftButton)
    boxes = {box.accessibleName(): box for box in details.findChildren(QSpinBox)}
    assert boxes["Strength"].text() == "auto"
    boxes["Strength"].setValue(35)
    boxes["Feather"].setValue(0)
    boxes["Strength"].window().close()
    session.inpainting.generate("a moon")
    await until(lambda: engine.jobs)
    request = engine.jobs[0].request
    assert request.strength == 0.35
    assert request.inpaint is not None
    assert request.inpaint.feather_px == 0
    session.inpainting.discard()


def test_every_control_has_a_name_and_a_tip(bar: MaskBar) -> None:
    for button in bar.findChildren(QToolButton):
        assert button.accessibleName()
        assert button.toolTip()


def test_it_fits_into_the_smallest_canvas(
    bar: MaskBar, canvas: CanvasView, document: Document
) -> None:
    canvas.resize(340, 360)
    masked(document)
    assert bar.isVisible()
    assert canvas.rect().contains(bar.geometry())


def test_only_a_thing_to_be_drawn_begins_with_the_documents_prompt(
    bar: MaskBar, document: Document, session: Session
) -> None:
    document.do(set_prompt(document.content, "a castle"))
    session.editing.document_changed.emit()
    masked(document)
    prompt = bar.findChild(QLineEdit)
    assert prompt is not None
    assert prompt.text() == "a castle"
    for intent in (Intent.REMOVE, Intent.FILL):
        session.inpainting.set_intent(intent)
        assert prompt.text() == ""
    prompt.setText("grass")
    prompt.editingFinished.emit()
    assert document.content.prompt == "a castle"
    session.inpainting.set_intent(Intent.ADD)
    assert prompt.text() == "a castle"
    session.inpainting.set_extend(Extents(left=40))
    assert prompt.text() == ""
    session.inpainting.set_extend(Extents())
    assert prompt.text() == "a castle"


async def test_the_strip_is_as_high_as_what_it_shows(
    qasync_loop: QEventLoop,
    bar: MaskBar,
    document: Document,
    session: Session,
    engine: FakeEngine,
) -> None:
    masked(document)
    session.inpainting.generate("a moon")
    await painted(engine, session)
    thumbnails = [b for b in bar.findChildren(QToolButton) if "Candidate" in b.accessibleName()]
    three = bar.height()
    assert thumbnails[0].geometry().bottom() < three
    assert bar.sizeHint().height() == three
    session.inpainting.generate("a moon")
    await painted(engine, session, 3)
    assert bar.sizeHint().height() == bar.height()
    assert bar.height() - three == thumbnails[0].height() + theme.SPACE_XS
    session.inpainting.discard()


async def test_candidates_are_judged_without_a_line_or_a_frame(
    qasync_loop: QEventLoop,
    canvas: CanvasView,
    document: Document,
    session: Session,
    engine: FakeEngine,
) -> None:
    session.tools.mask_view = MaskView.OUTLINE
    masked(document)
    session.working_area.choose(Box(40, 40, 80, 80))
    session.inpainting.generate("a moon")
    await painted(engine, session)
    session.inpainting.choose(0)
    seen = canvas.grab(canvas.to_widget.mapRect(QRectF(30, 30, 100, 58)).toRect()).toImage()
    greys = {seen.pixelColor(x, y).red() for x in range(seen.width()) for y in range(seen.height())}
    assert {0, 255}.isdisjoint(greys)
    assert {50, 200} <= greys
    session.inpainting.discard()


async def test_candidates_stand_in_as_many_columns_as_the_canvas_has_room_for(
    qasync_loop: QEventLoop,
    bar: MaskBar,
    canvas: CanvasView,
    document: Document,
    session: Session,
    engine: FakeEngine,
) -> None:
    masked(document)
    session.inpainting.generate("a moon")
    await painted(engine, session)
    session.inpainting.generate("a moon")
    await painted(engine, session, 3)
    thumbnails = [b for b in bar.findChildren(QToolButton) if "Candidate" in b.accessibleName()]
    keep = next(b for b in bar.findChildren(QPushButton) if b.text() == "Keep")
    for width in (900, 340, 900):
        canvas.resize(width, 600)
        bar.layout().activate()
        places = [QRect(b.mapTo(bar, QPoint()), b.size()) for b in (*thumbnails[:6], keep)]
        assert all(bar.rect().contains(place) for place in places)
        assert not any(a.intersects(b) for a, b in combinations(places, 2))
        assert (places[4].y() == places[0].y()) == (width == 900)
    session.inpainting.discard()


def test_details_stay_on_the_screen_and_leave_to_the_area_what_it_decides(
    bar: MaskBar, canvas: CanvasView, document: Document, session: Session
) -> None:
    masked(document)
    details = bar.findChild(MaskDetails)
    assert details is not None
    screen = canvas.screen().availableGeometry()
    for place in (screen.topLeft(), screen.bottomRight() - QPoint(100, 100)):
        canvas.move(place)
        details.click()
        boxes = {box.accessibleName(): box for box in details.findChildren(QSpinBox)}
        popup = boxes["Strength"].window()
        assert screen.contains(popup.geometry())
        assert boxes["Padding"].isEnabled()
        popup.close()
    session.working_area.choose(Box(40, 40, 80, 80))
    details.click()
    assert not boxes["Padding"].isEnabled()
    assert boxes["Grow"].isEnabled()
    popup.close()
