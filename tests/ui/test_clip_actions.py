"""Cut, Copy, Paste, Fill and Delete, by their keys, in the window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from studio.document import Document, Target, flatten
from studio.document.edits import add_paint_layer, write_mask
from studio.domain.geometry import Box, Size
from studio.ui.canvas import as_pixels, as_qimage
from studio.ui.canvas.clipboard import PLACE, place_in
from studio.ui.main_window import MainWindow
from studio.ui.session import Emergence, Session
from tests.support.fakes import picture_pixels
from tests.support.sessions import until

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
BOX = Box(20, 30, 60, 50)


@pytest.fixture
def window(window: MainWindow) -> MainWindow:
    window.activateWindow()
    QGuiApplication.clipboard().clear()
    return window


@pytest.fixture
def document(window: MainWindow, session: Session) -> Document:
    """A picture, an empty layer above it that is active, and a mask whose left half is grey."""
    document = Document.of_picture(picture_pixels(200, 150), "fox")
    document.do(add_paint_layer(document.content))
    mask = np.full((BOX.height, BOX.width), 255, np.uint8)
    mask[:, :30] = 100
    document.do(write_mask(document.content, BOX, mask))
    session.editing.open(document)
    window.canvas.setFocus()
    return document


def clipped() -> np.ndarray:
    return as_pixels(QGuiApplication.clipboard().image(), keep_alpha=True)


def test_the_clipboard_has_what_is_seen_under_the_mask(
    window: MainWindow, document: Document
) -> None:
    QTest.keyClick(window.canvas, Qt.Key.Key_C, CONTROL)
    pixels = clipped()
    assert pixels.shape == (BOX.height, BOX.width, 4)
    assert np.array_equal(pixels[..., :3], flatten(document.content, BOX)[..., :3])
    assert pixels[0, 0, 3] == 100
    assert pixels[0, 40, 3] == 255


def test_it_is_pasted_where_it_was(window: MainWindow, document: Document) -> None:
    QTest.keyClick(window.canvas, Qt.Key.Key_C, CONTROL)
    before = flatten(document.content)
    QTest.keyClick(window.canvas, Qt.Key.Key_V, CONTROL)
    layer = document.content.layers[-1]
    assert (layer.name, layer.x, layer.y) == ("Pasted", BOX.x, BOX.y)
    assert np.array_equal(flatten(document.content), before)
    document.undo()
    assert len(document.content.layers) == 2


def test_cut_takes_from_the_active_layer_and_paste_brings_it_back(
    window: MainWindow, document: Document, session: Session
) -> None:
    said: list[object] = []
    session.messages.notice.connect(said.append)
    QTest.keyClick(window.canvas, Qt.Key.Key_X, CONTROL)
    assert len(said) == 1, "nothing is on the active layer"
    session.layers.activate(document.content.layers[0].id)
    before = flatten(document.content)
    QTest.keyClick(window.canvas, Qt.Key.Key_X, CONTROL)
    assert document.log.undo_name == "Cut"
    left = flatten(document.content)
    assert left[BOX.y, BOX.x, 3] == 155
    assert left[BOX.y, BOX.x + 40, 3] == 0
    QTest.keyClick(window.canvas, Qt.Key.Key_V, CONTROL)
    back = flatten(document.content)
    assert np.array_equal(back[BOX.y, BOX.x + 40], before[BOX.y, BOX.x + 40])
    assert (document.content.layers[1].x, document.content.layers[1].y) == (BOX.x, BOX.y)
    document.undo()
    document.undo()
    assert np.array_equal(flatten(document.content), before)


def test_without_a_mask_the_active_layer_is_copied_and_merged_all_of_it(
    window: MainWindow, document: Document, session: Session
) -> None:
    session.masking.clear()
    session.tools.foreground = (9, 99, 199)
    box = Box(5, 6, 10, 11)
    document.do(write_mask(document.content, box, np.full((11, 10), 255, np.uint8)))
    QTest.keyClick(window.canvas, Qt.Key.Key_Backspace, SHIFT)
    session.masking.clear()
    QTest.keyClick(window.canvas, Qt.Key.Key_C, CONTROL)
    assert (clipped() == (9, 99, 199, 255)).all()
    assert clipped().shape == (11, 10, 4)
    QTest.keyClick(window.canvas, Qt.Key.Key_C, CONTROL | SHIFT)
    assert np.array_equal(clipped(), flatten(document.content))


def test_fill_and_delete_change_the_layer_or_its_mask(
    window: MainWindow, document: Document, session: Session
) -> None:
    session.layers.activate(document.content.layers[0].id)
    QTest.keyClick(window.canvas, Qt.Key.Key_Delete)
    assert document.log.undo_name == "Delete"
    assert flatten(document.content)[BOX.y, BOX.x + 40, 3] == 0
    document.undo()
    image = document.content.layers[0].image
    session.masking.clear()
    session.layers.mask()
    document.do(write_mask(document.content, BOX, np.full((50, 60), 255, np.uint8)))
    assert session.layers.target is Target.LAYER_MASK
    QTest.keyClick(window.canvas, Qt.Key.Key_Delete)
    assert document.log.undo_name == "Delete in layer mask"
    assert flatten(document.content)[BOX.y, BOX.x, 3] == 0
    assert document.content.layers[0].image is image
    session.tools.foreground = (128, 128, 128)
    QTest.keyClick(window.canvas, Qt.Key.Key_Backspace, SHIFT)
    assert flatten(document.content)[BOX.y, BOX.x, 3] == 128


async def test_elsewhere_it_is_pasted_in_the_middle(
    window: MainWindow, document: Document, session: Session
) -> None:
    QTest.keyClick(window.canvas, Qt.Key.Key_C, CONTROL)
    small = Document.of_picture(np.zeros((10, 10, 3), np.uint8))
    session.editing.open(small)
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_V, CONTROL)
    await until(lambda: len(small.content.layers) == 2)
    assert (small.content.layers[1].x, small.content.layers[1].y) == (5 - 30, 5 - 25)


def test_a_picture_on_show_is_copied_as_it_is(window: MainWindow, session: Session) -> None:
    session.shown.put(Emergence.of_finished(picture_pixels(40, 30), None), None)
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_C, CONTROL)
    assert np.array_equal(clipped(), picture_pixels(40, 30))


def test_a_text_keeps_these_keys_for_itself(window: MainWindow, document: Document) -> None:
    prompt = window.canvas.findChild(QLineEdit)
    assert prompt is not None
    prompt.setText("a moon")
    prompt.setFocus()
    prompt.selectAll()
    steps = document.log.done
    for key in (Qt.Key.Key_C, Qt.Key.Key_X, Qt.Key.Key_V):
        QTest.keyClick(prompt, key, CONTROL)
    assert QGuiApplication.clipboard().text() == "a moon"
    assert prompt.text() == "a moon"
    prompt.home(False)
    QTest.keyClick(prompt, Qt.Key.Key_Delete)
    assert prompt.text() == " moon"
    assert document.log.done == steps


@pytest.mark.parametrize("told", ["", "1", "1 2 3", "one 2", "900 2", "1  2", "9" * 9999 + " 1"])
def test_a_place_that_makes_no_sense_is_none(told: str) -> None:
    image = as_qimage(picture_pixels(40, 30)).copy()
    assert place_in(image, Size(200, 150)) is None
    image.setText(PLACE, told)
    assert place_in(image, Size(200, 150)) is None
    image.setText(PLACE, "-39 149")
    assert place_in(image, Size(200, 150)) == (-39, 149)


def test_another_window_of_ours_is_told_the_place_by_the_png() -> None:
    image = as_qimage(picture_pixels(40, 30)).copy()
    image.setText(PLACE, "12 -3")
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, "PNG")
    assert place_in(QImage.fromData(buffer.data(), "PNG"), Size(200, 150)) == (12, -3)
