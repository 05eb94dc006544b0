"""Selecting an object by pointing at it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.document import Document
from studio.ui.canvas import CanvasView
from studio.ui.session import Notice, Session, ToolName
from tests.support.sessions import until


async def test_a_click_selects_what_is_there_and_says_how(
    qasync_loop: QEventLoop, session: Session, qtbot: QtBot
) -> None:
    said: list[Notice] = []
    session.messages.notice.connect(said.append)
    pixels = np.full((120, 160, 3), (200, 210, 220), np.uint8)
    y, x = np.mgrid[:120, :160]
    disc = (x - 60) ** 2 + (y - 60) ** 2 < 30**2
    pixels[disc] = (180, 40, 40)
    document = Document.of_picture(pixels)
    session.editing.open(document)
    canvas = CanvasView(session)
    qtbot.addWidget(canvas)
    canvas.resize(600, 500)
    canvas.show()
    session.tools.active = ToolName.OBJECT
    at = canvas.to_widget.map(QPointF(60, 60)).toPoint()
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=at)
    await until(lambda: document.content.mask.count)
    selected = document.content.mask.read(document.content.area) > 127
    assert (selected & disc).sum() / (selected | disc).sum() > 0.9
    assert said[0].sentence.startswith("Selected by")
    corners = [canvas.to_widget.map(QPointF(*place)).toPoint() for place in ((20, 20), (100, 100))]
    session.editing.undo()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=corners[0])
    QTest.mouseMove(canvas, corners[1])
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=corners[1])
    await until(lambda: document.content.mask.count)
    selected = document.content.mask.read(document.content.area) > 127
    assert (selected & disc).sum() / (selected | disc).sum() > 0.9
