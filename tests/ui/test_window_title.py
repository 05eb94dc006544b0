"""The window's title and the chip that leads back to the artwork."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from studio.document import Document, StartPicture
from studio.document.edits import add_paint_layer
from studio.domain.picture_ref import PictureRef
from studio.ui.canvas import CanvasView
from studio.ui.canvas.artwork_chip import ArtworkChip
from studio.ui.session import Emergence, Session
from studio.ui.window_title import WindowTitle

WHITE = np.full((60, 80, 3), 255, np.uint8)


def test_the_title_says_what_is_edited_and_whether_it_is_saved(
    session: Session, qtbot: QtBot
) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    title = WindowTitle(session, window)
    assert window.windowTitle() == "Pentimento"
    document = Document.of_picture(WHITE, "fox [*] & hound")
    session.editing.open(document)
    assert window.windowTitle() == "fox [ * ] & hound[*] – Pentimento"
    assert not window.isWindowModified()
    document.do(add_paint_layer(document.content))
    assert window.isWindowModified()
    document.undo()
    assert not window.isWindowModified()
    document.redo()
    document.saved_as(Path("owl.ora"), document.content)
    assert window.windowTitle() == "owl[*] – Pentimento"
    assert not window.isWindowModified()
    session.editing.close()
    assert window.windowTitle() == "Pentimento"
    assert title is not None


def test_the_chip_is_seen_only_while_an_artwork_waits_and_leads_back(
    session: Session, qtbot: QtBot
) -> None:
    canvas = CanvasView(session)
    qtbot.addWidget(canvas)
    canvas.resize(500, 400)
    canvas.show()
    chip = canvas.findChild(ArtworkChip)
    assert chip is not None
    assert not chip.isVisible()
    session.editing.open(Document.of_picture(WHITE, "fox & hound"))
    assert not chip.isVisible()
    session.shown.put(Emergence.of_finished(WHITE, None), None)
    assert chip.isVisible()
    assert chip.text() == "Back to fox && hound"
    assert chip.accessibleName() == "Back to fox & hound"
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert session.editing.is_on_canvas
    assert not chip.isVisible()


def test_the_chip_stands_below_that_of_the_start_picture(session: Session, qtbot: QtBot) -> None:
    canvas = CanvasView(session)
    qtbot.addWidget(canvas)
    canvas.resize(500, 400)
    canvas.show()
    session.editing.open(Document.of_picture(WHITE, "fox"))
    session.shown.put(Emergence.of_finished(WHITE, None), None)
    chip = canvas.findChild(ArtworkChip)
    assert chip is not None
    qtbot.waitUntil(lambda: chip.height() > 20)
    alone = chip.mapTo(canvas, chip.rect().topLeft()).y()
    start = StartPicture(PictureRef("0" * 64, 80, 60), WHITE, "cat.png")
    session.artwork.start_from(start)
    qtbot.waitUntil(lambda: chip.mapTo(canvas, chip.rect().topLeft()).y() > alone + 20)
