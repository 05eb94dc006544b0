"""The canvas with real events: what is painted where, zoom, pan, drops, paste."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.document import Document
from studio.domain.geometry import Size
from studio.engine import EngineState
from studio.ui import theme
from studio.ui.canvas import CanvasBar, CanvasView, as_pixels, as_qimage
from studio.ui.canvas.drop_menu import DropMenu
from studio.ui.canvas.drops import DropHint
from studio.ui.canvas.progress_overlay import ProgressOverlay
from studio.ui.canvas.start_chip import StartChip
from studio.ui.canvas.welcome import Welcome
from studio.ui.session import Emergence, JobStage, Notice, Progress, Session
from tests.support.fakes import FakeEngine, picture_pixels

RED = np.full((40, 60, 3), (255, 0, 0), np.uint8)


@pytest.fixture
def canvas_wh() -> tuple[int, int]:
    return 400, 300


def wheel(
    canvas: CanvasView,
    at: QPoint,
    *,
    angle: int = 0,
    pixels: QPoint | None = None,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    phase = Qt.ScrollPhase.NoScrollPhase if pixels is None else Qt.ScrollPhase.ScrollUpdate
    event = QWheelEvent(
        QPointF(at),
        QPointF(canvas.mapToGlobal(at)),
        pixels or QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        modifiers,
        phase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def colour_at(canvas: CanvasView, x: int, y: int) -> QColor:
    return canvas.grab().toImage().pixelColor(x, y)


def red_extent(canvas: CanvasView) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is red."""
    red = (as_pixels(canvas.grab().toImage()) == (255, 0, 0)).all(axis=-1)
    rows, columns = np.nonzero(red)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_a_picture_is_fitted_in_the_middle_and_stays_fitted(
    canvas: CanvasView, session: Session
) -> None:
    session.artwork.show(RED)
    assert canvas.is_fitted
    left, top, right, bottom = red_extent(canvas)
    assert abs(left - (400 - right)) <= 1 and abs(top - (300 - bottom)) <= 1
    assert (right - left) / (bottom - top) == pytest.approx(60 / 40, abs=0.02)
    assert colour_at(canvas, 2, 2) == theme.color("surround")
    canvas.resize(800, 600)
    larger = red_extent(canvas)
    assert larger[2] - larger[0] > (right - left) * 1.8
    session.artwork.show(np.full((500, 10, 3), (255, 0, 0), np.uint8))
    left, top, right, bottom = red_extent(canvas)
    assert 0 < top < bottom < 600


def test_a_preview_lies_where_the_picture_will_lie(canvas: CanvasView, session: Session) -> None:
    session.artwork.show(RED)
    place = red_extent(canvas)
    session.artwork.show(RED[:5, :8].copy(), Size(60, 40))
    assert red_extent(canvas) == place
    assert canvas.picture_size == Size(60, 40)


def test_actual_size_shows_each_pixel_once(canvas: CanvasView, session: Session) -> None:
    pixels = picture_pixels(120, 80)
    session.artwork.show(pixels)
    canvas.actual_size()
    assert canvas.zoom == 1 and not canvas.is_fitted
    ratio = round(canvas.devicePixelRatioF())
    assert ratio == 1
    shown = as_pixels(canvas.grab().toImage())[110:190, 140:260]
    assert (shown == pixels).all()


def test_transparency_lies_on_a_checkerboard(canvas: CanvasView, session: Session) -> None:
    session.artwork.show(np.zeros((100, 100, 4), np.uint8))
    canvas.actual_size()
    shown = as_pixels(canvas.grab().toImage())[100:200, 150:250]
    colours = {tuple(colour) for colour in shown.reshape(-1, 3).tolist()}
    expected = {theme.color(token).getRgb()[:3] for token in ("raised", "checker")}
    assert colours == expected


@pytest.mark.parametrize(
    "modifiers", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier]
)
def test_the_wheel_zooms_at_the_cursor(
    canvas: CanvasView, session: Session, modifiers: Qt.KeyboardModifier
) -> None:
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[18, 25] = 255
    session.artwork.show(pixels)
    canvas.set_zoom(16)
    white = np.argwhere(as_pixels(canvas.grab().toImage())[..., 0] == 255)
    row, column = (int(value) for value in white.mean(axis=0))
    for angle in (120, 240, -600):
        wheel(canvas, QPoint(column, row), angle=angle, modifiers=modifiers)
        assert colour_at(canvas, column, row).red() > 128
    assert canvas.zoom == pytest.approx(16 * 1.2**-2)


def test_zoom_stays_within_its_bounds_and_says_when_it_changes(
    canvas: CanvasView, session: Session, qtbot: QtBot
) -> None:
    session.artwork.show(RED)
    with qtbot.waitSignal(canvas.zoom_changed) as changed:
        canvas.zoom_in()
    assert changed.args == [canvas.zoom]
    for _ in range(80):
        canvas.zoom_in()
    assert canvas.zoom == 32
    for _ in range(80):
        canvas.zoom_out()
    assert canvas.zoom == 0.02
    canvas.fit()
    assert canvas.is_fitted and canvas.zoom > 1


def test_a_touchpad_pans(canvas: CanvasView, session: Session) -> None:
    session.artwork.show(RED)
    canvas.actual_size()
    left, top, _, _ = red_extent(canvas)
    wheel(canvas, QPoint(200, 150), angle=16, pixels=QPoint(7, -9))
    assert red_extent(canvas)[:2] == (left + 7, top - 9)
    assert canvas.zoom == 1


@pytest.mark.parametrize("with_space", [False, True])
def test_middle_mouse_and_space_pan(canvas: CanvasView, session: Session, with_space: bool) -> None:
    session.artwork.show(RED)
    canvas.actual_size()
    left, top, _, _ = red_extent(canvas)
    button = Qt.MouseButton.LeftButton if with_space else Qt.MouseButton.MiddleButton
    if with_space:
        QTest.keyPress(canvas, Qt.Key.Key_Space)
        assert canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor
    QTest.mousePress(canvas, button, pos=QPoint(200, 150))
    assert canvas.cursor().shape() == Qt.CursorShape.ClosedHandCursor
    QTest.mouseMove(canvas, QPoint(230, 130))
    QTest.mouseRelease(canvas, button, pos=QPoint(230, 130))
    if with_space:
        QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert red_extent(canvas)[:2] == (left + 30, top - 20)
    assert canvas.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_escape_and_lost_focus_let_go_of_the_hand(canvas: CanvasView, session: Session) -> None:
    session.artwork.show(RED)
    for let_go in (lambda: QTest.keyClick(canvas, Qt.Key.Key_Escape), canvas.clearFocus):
        QTest.keyPress(canvas, Qt.Key.Key_Space)
        let_go()
        assert canvas.cursor().shape() == Qt.CursorShape.ArrowCursor
        canvas.setFocus()


def test_the_picture_never_leaves_the_view(canvas: CanvasView, session: Session) -> None:
    session.artwork.show(RED)
    canvas.actual_size()
    for _ in range(30):
        QTest.keyClick(canvas, Qt.Key.Key_Left)
        QTest.keyClick(canvas, Qt.Key.Key_Up)
    left, top, right, bottom = red_extent(canvas)
    assert right - left >= 40 and bottom - top >= 30


def test_a_new_size_is_centred_at_the_zoom_that_the_artist_chose(
    canvas: CanvasView, session: Session
) -> None:
    session.artwork.show(RED)
    canvas.set_zoom(2)
    session.artwork.show(np.full((20, 30, 3), (255, 0, 0), np.uint8))
    assert canvas.zoom == 2
    # One pixel at each edge is softened by the interpolation at most.
    assert red_extent(canvas) == pytest.approx((170, 130, 230, 170), abs=1)


def test_only_the_picture_is_repainted_when_it_changes(
    canvas: CanvasView, session: Session, qtbot: QtBot
) -> None:
    session.artwork.show(RED)
    left, top, right, bottom = red_extent(canvas)
    painted = []

    canvas.paintEvent = lambda event: painted.append(event.rect())  # type: ignore[method-assign]
    QApplication.processEvents()
    painted.clear()
    session.artwork.show(RED.copy())
    qtbot.waitUntil(lambda: bool(painted))
    for rect in painted:
        assert rect.left() >= left - 2 and rect.right() <= right + 2
        assert rect.top() >= top - 2 and rect.bottom() <= bottom + 2


async def test_the_empty_canvas_offers_examples(
    qasync_loop: QEventLoop, canvas: CanvasView, session: Session, engine: FakeEngine
) -> None:
    welcome = canvas.findChild(Welcome)
    assert welcome.isVisible()
    examples = [button for button in welcome.findChildren(QPushButton) if button.isVisible()]
    assert [button.text() for button in examples] == list(session.draft.model.example_prompts[:3])
    QTest.mouseClick(examples[1], Qt.MouseButton.LeftButton)
    assert session.draft.prompt == session.draft.model.example_prompts[1]
    (job,) = engine.jobs
    assert job.request.prompt == session.draft.prompt
    job.start()
    await until(lambda: not welcome.isVisible())
    # The place of the picture is there before its first step.
    assert colour_at(canvas, 200, 150) == theme.color("panel")
    job.cancel()
    await session.close()


def test_warming_up_is_said_quietly(
    canvas: CanvasView, engine: FakeEngine, session: Session
) -> None:
    welcome = canvas.findChild(Welcome)
    assert "warming up" not in texts(welcome)
    engine.set_status(EngineState.WARMING)
    assert "The engine is warming up; you can write already." in texts(welcome)
    engine.set_status(EngineState.FAILED, "No <b>memory</b>.")
    assert "No <b>memory</b>." in texts(welcome)
    engine.set_status(EngineState.READY)
    assert "engine" not in texts(welcome)


def test_progress_stands_below_the_picture(canvas: CanvasView, session: Session) -> None:
    session.artwork.show(RED)
    overlay = canvas.findChild(ProgressOverlay)
    assert not overlay.isVisible()
    session.jobs.set_progress(Progress(11, 20, 8.3, 3.2))
    assert overlay.isVisible()
    assert overlay.accessibleDescription() == "step 11 of 20 · 8.3 it/s · 3 s left"
    assert overlay.geometry().top() >= red_extent(canvas)[3]
    session.jobs.set_progress(Progress(3, 8, 0.5, 10.0, JobStage.UPSCALING))
    assert overlay.accessibleDescription() == "upscaling · tile 3 of 8 · 10 s left"
    session.jobs.set_progress(Progress(0, 8, 0.0, None, JobStage.UPSCALING))
    assert overlay.accessibleDescription() == "upscaling"
    session.jobs.set_progress(None)
    assert not overlay.isVisible()


async def test_the_start_picture_is_named_and_can_be_forgotten(
    qasync_loop: QEventLoop, canvas: CanvasView, session: Session
) -> None:
    chip = canvas.findChild(StartChip)
    assert not chip.isVisible()
    session.start_picture.from_pixels(RED, "red & blue.png")
    await until(chip.isVisible)
    assert chip.accessibleName() == "Starting from red & blue.png"
    QTest.mouseClick(chip._forget, Qt.MouseButton.LeftButton)
    assert session.artwork.start is None
    assert not chip.isVisible()


def drag(data: QMimeData) -> QDragEnterEvent:
    return QDragEnterEvent(
        QPoint(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )


def drop(data: QMimeData) -> QDropEvent:
    return QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )


def become(canvas: CanvasView, what: str) -> None:
    """Choose from the menu at the drop."""
    menu = canvas.findChild(DropMenu)
    assert menu is not None
    assert menu.isVisible()
    next(action for action in menu.actions() if action.text() == what).trigger()
    menu.close()


def files(*paths: object) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


async def test_a_dropped_file_becomes_the_start_picture(
    qasync_loop: QEventLoop, canvas: CanvasView, session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "Blümchen.PNG"
    Image.fromarray(RED).save(path, format="PNG")
    hint = canvas.findChild(DropHint)
    data = files(path)
    event = drag(data)
    QApplication.sendEvent(canvas, event)
    assert event.isAccepted() and hint.isVisible()
    QApplication.sendEvent(canvas, QDragLeaveEvent())
    assert not hint.isVisible()
    QApplication.sendEvent(canvas, drag(data))
    QApplication.sendEvent(canvas, drop(data))
    assert not hint.isVisible()
    become(canvas, "Start picture")
    await until(lambda: session.artwork.start is not None)
    assert session.artwork.start.name == "Blümchen.PNG"
    assert (session.artwork.start.pixels == RED).all()


async def test_dropped_pixels_become_the_start_picture(
    qasync_loop: QEventLoop, canvas: CanvasView, session: Session
) -> None:
    data = QMimeData()
    data.setImageData(as_qimage(RED).copy())
    QApplication.sendEvent(canvas, drag(data))
    QApplication.sendEvent(canvas, drop(data))
    become(canvas, "Start picture")
    await until(lambda: session.artwork.start is not None)
    assert (session.artwork.start.pixels == RED).all()


def test_what_is_no_picture_is_not_taken(
    canvas: CanvasView, session: Session, tmp_path: Path
) -> None:
    text = QMimeData()
    text.setText("a prompt")
    elsewhere = QMimeData()
    elsewhere.setUrls([QUrl("https://example.org/picture.png")])
    for data in (files(tmp_path / "notes.txt"), text, elsewhere):
        event = drag(data)
        event.ignore()
        QApplication.sendEvent(canvas, event)
        assert not event.isAccepted()
        assert not canvas.findChild(DropHint).isVisible()


async def test_a_drag_over_the_window_shows_the_target_too(
    qasync_loop: QEventLoop, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    canvas = CanvasView(session, window)
    canvas.take_drops_of(window)
    window.show()
    path = tmp_path / "red.png"
    Image.fromarray(RED).save(path)
    data = files(path)
    event = drag(data)
    QApplication.sendEvent(window, event)
    assert event.isAccepted() and canvas.findChild(DropHint).isVisible()
    QApplication.sendEvent(window, drop(data))
    become(canvas, "Start picture")
    await until(lambda: session.artwork.start is not None)


async def test_paste_takes_pixels_and_files(
    qasync_loop: QEventLoop, canvas: CanvasView, session: Session, tmp_path: Path
) -> None:
    clipboard = QGuiApplication.clipboard()
    clipboard.setImage(as_qimage(RED).copy())
    canvas.paste()
    await until(lambda: session.artwork.start is not None)
    assert session.artwork.start.name == "pasted picture"
    blue = tmp_path / "blue.png"
    Image.new("RGB", (9, 8), "blue").save(blue)
    clipboard.setMimeData(files(blue))
    canvas.paste_as_start()
    await until(lambda: session.artwork.start.name == "blue.png")
    clipboard.clear()


def test_pasting_nothing_says_so(canvas: CanvasView, session: Session) -> None:
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    QGuiApplication.clipboard().setText("no picture")
    canvas.paste()
    assert [notice.sentence for notice in notices] == ["There is no picture on the clipboard."]


def test_the_bar_shows_and_sets_the_zoom(
    canvas: CanvasView, session: Session, qtbot: QtBot
) -> None:
    bar = CanvasBar(canvas._session, canvas)
    qtbot.addWidget(bar)
    assert not bar._fit.isEnabled()
    session.artwork.show(RED)
    assert bar._size.text() == "60 × 40 px"
    assert bar._zoom.text() == f"{canvas.zoom * 100:.0f} %"
    two_hundred = next(a for a in bar._zoom.menu().actions() if a.text() == "200 %")
    two_hundred.trigger()
    assert canvas.zoom == 2 and bar._zoom.text() == "200 %"
    QTest.mouseClick(bar._zoom_in, Qt.MouseButton.LeftButton)
    assert bar._zoom.text() == "300 %"
    QTest.mouseClick(bar._fit, Qt.MouseButton.LeftButton)
    assert canvas.is_fitted
    session.artwork.show(None)
    assert not bar._fit.isEnabled() and bar._size.text() == ""


def test_the_model_may_go_on_after_the_widget(session: Session, qtbot: QtBot) -> None:
    parent = QWidget()
    canvas = CanvasView(session, parent)
    session.shown.put(Emergence(Size(8, 8), 4), None)
    parent.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    session.artwork.show(RED)
    session.jobs.set_progress(Progress(1, 2, 1.0, 1.0))
    session.engine.set_status(EngineState.FAILED)
    session.draft.model = session.catalog.models()[1]
    session.start_picture.forget()
    assert canvas is not None


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


async def test_a_dropped_picture_becomes_a_layer_where_it_was_dropped(
    qasync_loop: QEventLoop, canvas: CanvasView, session: Session
) -> None:
    document = Document.of_picture(np.zeros((300, 400, 3), np.uint8))
    session.editing.open(document)
    data = QMimeData()
    data.setImageData(as_qimage(RED).copy())
    QApplication.sendEvent(canvas, drag(data))
    QApplication.sendEvent(canvas, drop(data))
    place = canvas.from_widget.map(QPointF(50, 50))
    become(canvas, "New layer here")
    await until(lambda: len(document.content.layers) == 2)
    layer = document.content.layers[1]
    assert abs(layer.x + 30 - place.x()) <= 1
    assert abs(layer.y + 20 - place.y()) <= 1


async def test_a_dropped_picture_becomes_the_mask_or_an_artwork(
    qasync_loop: QEventLoop, canvas: CanvasView, session: Session
) -> None:
    document = Document.of_picture(np.zeros((300, 400, 3), np.uint8))
    session.editing.open(document)
    data = QMimeData()
    data.setImageData(as_qimage(np.full((30, 40, 3), 255, np.uint8)).copy())
    QApplication.sendEvent(canvas, drag(data))
    QApplication.sendEvent(canvas, drop(data))
    become(canvas, "Mask")
    await until(lambda: document.content.mask.count)
    assert document.content.mask.read(document.content.area).min() == 255
    QApplication.sendEvent(canvas, drag(data))
    QApplication.sendEvent(canvas, drop(data))
    become(canvas, "Open as artwork")
    await until(lambda: session.editing.document is not document)
    assert session.editing.document.size == Size(40, 30)


async def test_paste_becomes_a_layer_of_the_document_on_the_canvas(
    qasync_loop: QEventLoop, canvas: CanvasView, session: Session
) -> None:
    document = Document.of_picture(np.zeros((300, 400, 3), np.uint8))
    session.editing.open(document)
    QGuiApplication.clipboard().setImage(as_qimage(RED).copy())
    canvas.paste()
    await until(lambda: len(document.content.layers) == 2)
    assert session.artwork.start is None
