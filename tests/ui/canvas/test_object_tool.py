"""Selecting an object by pointing at it."""

from __future__ import annotations

import numpy as np
from PySide6.QtTest import QTest
from qasync import QEventLoop

from studio.catalog.downloads import Destination
from studio.document import Document
from studio.ui.canvas import CanvasView
from studio.ui.main_window import MainWindow
from studio.ui.models.models_window import ModelsWindow
from studio.ui.session import Notice, Session, ToolName
from tests.support.canvases import LEFT, at, drag
from tests.support.sessions import until


async def test_a_click_selects_what_is_there_and_says_how(
    qasync_loop: QEventLoop, canvas: CanvasView, session: Session
) -> None:
    said: list[Notice] = []
    session.messages.notice.connect(said.append)
    pixels = np.full((120, 160, 3), (200, 210, 220), np.uint8)
    y, x = np.mgrid[:120, :160]
    disc = (x - 60) ** 2 + (y - 60) ** 2 < 30**2
    pixels[disc] = (180, 40, 40)
    document = Document.of_picture(pixels)
    session.editing.open(document)
    session.tools.active = ToolName.OBJECT
    QTest.mouseClick(canvas, LEFT, pos=at(canvas, 60, 60))
    await until(lambda: document.content.mask.count)
    selected = document.content.mask.read(document.content.area) > 127
    assert (selected & disc).sum() / (selected | disc).sum() > 0.9
    assert said[0].sentence.startswith("Selected by")
    session.editing.undo()
    drag(canvas, (20, 20), (100, 100))
    await until(lambda: document.content.mask.count)
    selected = document.content.mask.read(document.content.area) > 127
    assert (selected & disc).sum() / (selected | disc).sum() > 0.9


async def test_getting_a_segmenter_opens_the_downloads(
    qasync_loop: QEventLoop, window: MainWindow, session: Session
) -> None:
    session.objects.downloads_wanted.emit()
    opened = window.findChild(ModelsWindow)
    assert opened is not None
    assert opened.pages.currentWidget() is opened.downloads
    offers = opened.downloads.offers
    assert offers.value().destination is Destination.SEGMENTER
    assert offers.viewport().rect().contains(offers.visualRect(offers.currentIndex()))
