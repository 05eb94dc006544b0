"""Selecting objects on the canvas with a segmenter: real events, the real inference thread, and a
tiny network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.document import Document
from studio.document.selection import Hints
from studio.domain.addons import AddonInfo
from studio.domain.events import Pixels
from studio.domain.geometry import Box, Size
from studio.engine.devices import Device
from studio.engine.segmenting import ObjectPart, SeenPicture, Segmenting
from studio.engine.segmenting.segmenters import Segmenters
from studio.engine.worker import LocalEngine
from studio.ui.canvas import CanvasView
from studio.ui.session import Session, ToolName
from tests.support.canvases import LEFT, at, drag
from tests.support.fake_runner import FakeRunner
from tests.support.fakes import FakeCatalog, make_session
from tests.support.sessions import until
from tests.support.tiny_segmenters import write_tiny_sam

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
SIZE = Size(160, 120)


def still_life() -> Pixels:
    pixels = np.full((120, 160, 3), (200, 210, 220), np.uint8)
    pixels[20:70, 20:70] = (180, 40, 40)
    pixels[40:110, 90:150] = (30, 120, 60)
    return pixels


@pytest.fixture(scope="module")
def info(tmp_path_factory: pytest.TempPathFactory) -> AddonInfo:
    return write_tiny_sam(tmp_path_factory.mktemp("segmentation") / "sam-vit-tiny")


@pytest.fixture
def segmenters(info: AddonInfo) -> Segmenters:
    cpu = Device(torch.device("cpu"), torch.float32, "CPU")
    return Segmenters(lambda _kind, _name: info, cpu)


@pytest.fixture
def session(
    tmp_path: Path, info: AddonInfo, segmenters: Segmenters, qasync_loop: QEventLoop
) -> Iterator[Session]:
    """Its engine answers questions with the tiny network."""
    engine = LocalEngine(lambda: FakeRunner(answers={Segmenting: segmenters.answer}))
    session = make_session(tmp_path / "studio", engine, FakeCatalog(addons=[info]))
    yield session
    engine.close()
    session.library.store.close()


class Expected:
    """What the bare network says of the same picture."""

    def __init__(self, info: AddonInfo) -> None:
        cpu = Device(torch.device("cpu"), torch.float32, "CPU")
        pixels = still_life()
        self._name = info.name
        self._segmenters = Segmenters(lambda _kind, _name: info, cpu)
        self._picture = SeenPicture.of(lambda box: pixels[box.slices], SIZE)

    def mask(self, hints: Hints, part: ObjectPart = ObjectPart.BEST) -> np.ndarray:
        found = self._segmenters.answer(Segmenting(self._name, self._picture, hints))
        assert found is not None
        chosen = found.chosen(part)
        coverage = None if chosen is None else chosen.coverage()
        assert coverage is not None
        return coverage.over(Box.whole(SIZE))


def near(canvas: CanvasView, x: float, y: float) -> Hints:
    """A click there, as exactly as the screen's pixels tell."""
    place = canvas.from_widget.map(at(canvas, x, y).toPointF())
    return Hints(inside=(((place.x(), place.y()),),))


async def test_clicks_boxes_and_keys_select_what_the_network_sees(
    canvas: CanvasView, session: Session, info: AddonInfo, qtbot: QtBot
) -> None:
    expected, document = Expected(info), Document.of_picture(still_life())
    session.editing.open(document)
    session.tools.active = ToolName.OBJECT

    def mask() -> np.ndarray:
        return document.content.mask.read(document.content.area)

    async def selected(wanted: np.ndarray) -> None:
        await until(lambda: np.array_equal(mask(), wanted))

    one, two = near(canvas, 40, 40), near(canvas, 120, 80)
    first, second = expected.mask(one), expected.mask(two, ObjectPart.WHOLE)
    assert 0.02 < (first > 0).mean() < 0.98
    QTest.mouseClick(canvas, LEFT, pos=at(canvas, 40, 40))
    await selected(first)
    session.tools.object_part = ObjectPart.WHOLE
    await selected(expected.mask(one, ObjectPart.WHOLE))
    session.editing.undo()
    await selected(first)
    QTest.mouseClick(canvas, LEFT, SHIFT, at(canvas, 120, 80))
    await selected(np.maximum(first, second))
    QTest.mouseClick(canvas, LEFT, ALT, at(canvas, 120, 80))
    await selected(np.minimum(first, 255 - second))
    session.editing.undo()
    QTest.mouseClick(canvas, LEFT, SHIFT | ALT, at(canvas, 120, 80))
    await selected(np.minimum(np.maximum(first, second), second))
    QTest.mouseClick(canvas, LEFT, CONTROL, at(canvas, 40, 40))
    corrected = expected.mask(Hints(inside=two.inside + one.inside))
    await selected(np.minimum(np.maximum(first, second), corrected))
    while document.log.undo_name is not None:
        session.editing.undo()
    assert not mask().any()

    start, end = at(canvas, 85, 35), at(canvas, 155, 115)
    corners = [canvas.from_widget.map(point.toPointF()) for point in (start, end)]
    drag(canvas, (85, 35), (155, 115))
    box = Box.between(
        int(corners[0].x()), int(corners[0].y()), int(corners[1].x()) + 1, int(corners[1].y()) + 1
    )
    await selected(expected.mask(Hints(box=box)))


async def test_the_pointer_shows_what_a_click_would_select_until_it_leaves(
    canvas: CanvasView, session: Session, qtbot: QtBot
) -> None:
    document = Document.of_picture(still_life())
    session.editing.open(document)
    session.tools.active = ToolName.OBJECT
    await until(lambda: canvas.is_sharp)
    before = canvas.grab().toImage()
    QTest.mouseMove(canvas, at(canvas, 40, 40))
    await until(lambda: session.object_preview.lines)
    assert canvas.grab().toImage() != before
    assert not document.content.mask.count
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert session.object_preview.lines == ()
    assert canvas.grab().toImage() == before
    QTest.mouseMove(canvas, at(canvas, 45, 40))
    await until(lambda: session.object_preview.lines)
    session.tools.active = ToolName.LASSO
    assert session.object_preview.lines == ()


async def test_escape_forgets_the_clicks_that_wait(
    canvas: CanvasView, session: Session, qtbot: QtBot
) -> None:
    document = Document.of_picture(still_life())
    session.editing.open(document)
    session.tools.active = ToolName.OBJECT
    QTest.mouseClick(canvas, LEFT, pos=at(canvas, 40, 40))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.mouseClick(canvas, LEFT, SHIFT, at(canvas, 120, 80))
    await until(lambda: document.content.mask.count)
    session.editing.undo()
    assert not document.content.mask.count
    assert document.log.undo_name is None
