"""The bar that shows how far saving is: only if it takes its time, and it can be cancelled."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from studio.document import Document
from studio.document.edits import add_paint_layer
from studio.ui.main_window import MainWindow
from studio.ui.session import LongTask, Session
from studio.ui.task_bar import task_text
from tests.support.disks import FailingDisk, GatedDisk
from tests.support.fakes import picture_pixels
from tests.support.sessions import until


def a_changed_document(session: Session) -> Document:
    document = Document.of_picture(picture_pixels(), "moon")
    document.do(add_paint_layer(document.content))
    session.editing.open(document)
    return document


def cancel_button(window: MainWindow) -> QPushButton:
    [button] = window.task_bar.findChildren(QPushButton)
    return button


def test_what_it_says() -> None:
    now = [0.0]
    task = LongTask("Saving “<b>.ora”", is_saving=True, clock=lambda: now[0])
    assert task_text(task) == "Saving “<b>.ora”…"
    task.advance(0, 10)
    now[0] = 2
    task.advance(4, 10)
    assert task_text(task) == "Saving “<b>.ora” · 40 % · 3 s left"
    task.advance(10, 10)
    assert task_text(task) == "Saving “<b>.ora” · finishing"
    task.cancel()
    assert task_text(task) == "Saving “<b>.ora” · cancelling"


async def test_what_is_quick_shows_nothing(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    window.task_bar._patience.setInterval(20_000)  # nothing is slow by that measure
    shown: list[bool] = []
    session.tasks.changed.connect(lambda: shown.append(window.task_bar.isVisible()))
    document = a_changed_document(session)
    session.artworks.save(tmp_path / "moon.ora")
    await until(lambda: not document.is_modified)
    await until(lambda: len(shown) == 2)
    assert shown == [False, False]
    assert not window.task_bar._patience.isActive()
    await session.close()


async def test_saving_is_shown_while_painting_goes_on_and_cancelled_by_a_click(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    disk = session.artworks.disk = GatedDisk(is_open=False)
    document = a_changed_document(session)
    window.canvas.setFocus()
    session.artworks.save(tmp_path / "moon.ora")
    await until(window.task_bar.isVisible)
    assert window.task_bar.text == "Saving “moon.ora”…"
    document.do(add_paint_layer(document.content))
    QTest.mouseClick(cancel_button(window), Qt.MouseButton.LeftButton)
    assert window.task_bar.text.endswith("cancelling")
    assert not cancel_button(window).isEnabled()
    assert window.canvas.hasFocus()
    disk.gate.set()
    await until(lambda: not window.task_bar.isVisible())
    assert window.message_bar.isVisible()
    assert document.is_modified
    assert not (tmp_path / "moon.ora").exists()
    await session.close()


async def test_the_window_closes_when_all_is_saved(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    disk = session.artworks.disk = GatedDisk(is_open=False)
    closings: list[bool] = []
    window.closing.connect(lambda: closings.append(True))
    document = a_changed_document(session)
    session.artworks.save(tmp_path / "moon.ora")
    await until(lambda: disk.begun)
    window.close()
    window.close()
    assert window.isVisible()
    assert window.task_bar.isVisible()  # at once: who closes wants to know why it stays
    assert window.task_bar.text == "The window closes when it is done: Saving “moon.ora”…"
    session.artworks.save(tmp_path / "again.ora")
    disk.gate.set()
    await until(lambda: closings)
    assert not window.isVisible()
    assert not document.is_modified
    await session.close()
    assert (tmp_path / "again.ora").exists()


async def test_the_window_stays_if_saving_is_cancelled_or_fails(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    closings: list[bool] = []
    window.closing.connect(lambda: closings.append(True))
    document = a_changed_document(session)
    disk = session.artworks.disk = GatedDisk(is_open=False)
    session.artworks.save(tmp_path / "moon.ora")
    await until(lambda: disk.begun)
    window.close()
    QTest.mouseClick(cancel_button(window), Qt.MouseButton.LeftButton)
    disk.gate.set()
    await until(lambda: not session.tasks.running)

    closed_in_the_middle: list[bool] = []

    def close_in_the_middle() -> None:
        if session.tasks.running:
            closed_in_the_middle.append(window.close())

    session.artworks.disk = FailingDisk("sync")
    session.tasks.changed.connect(close_in_the_middle)
    session.artworks.save(tmp_path / "moon.ora")
    await until(lambda: closed_in_the_middle and not session.tasks.running)
    assert closed_in_the_middle == [False]
    await asyncio.sleep(0.05)
    assert window.isVisible()
    assert document.is_modified
    assert closings == []
    window.close()
    assert closings == [True]
    await session.close()
