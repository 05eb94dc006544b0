"""The message bar: what it says, how it looks, and that it stays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.domain.errors import OutOfMemory
from studio.ui.message_bar import MessageBar
from studio.ui.session import Notice, Session


@pytest.fixture
def bar(session: Session, qtbot: QtBot) -> Iterator[MessageBar]:
    window = QWidget()
    qtbot.addWidget(window)
    bar = MessageBar(session, window)
    window.resize(800, 300)
    window.show()
    yield bar


def test_it_is_not_there_until_something_is_to_be_said(bar: MessageBar) -> None:
    assert not bar.isVisible()


def test_an_error_says_what_happened_and_what_to_do(bar: MessageBar, session: Session) -> None:
    session.messages.tell(
        OutOfMemory("The picture is too large for this device.", "Choose a smaller one.")
    )
    assert bar.isVisible()
    assert bar._sentence.text() == (
        "The picture is too large for this device. Choose a smaller one."
    )
    assert bar.property("kind") == "error"
    assert not bar._action.isVisible() and not bar._details_button.isVisible()


def test_text_from_outside_is_plain(bar: MessageBar, session: Session) -> None:
    session.messages.notice.emit(Notice("“<img src=x>.png” is no picture.", details="<b>why</b>"))
    assert bar._sentence.textFormat() == Qt.TextFormat.PlainText
    assert "<img src=x>" in bar._sentence.text()
    assert bar._details.toPlainText() == "<b>why</b>"


def test_information_looks_calmer(bar: MessageBar, session: Session) -> None:
    session.messages.notice.emit(Notice("Saved.", is_error=False))
    assert bar.property("kind") == "information"


def test_details_open_and_close(bar: MessageBar, session: Session) -> None:
    session.messages.notice.emit(Notice("It failed.", details="line 1\nline 2"))
    assert not bar._details.isVisible()
    for shown in (True, False):
        QTest.mouseClick(bar._details_button, Qt.MouseButton.LeftButton)
        assert bar._details.isVisible() is shown
    QTest.mouseClick(bar._details_button, Qt.MouseButton.LeftButton)
    session.messages.notice.emit(Notice("Another."))
    assert not bar._details.isVisible()


def test_the_button_helps_and_lets_go_of_the_notice(bar: MessageBar, session: Session) -> None:
    helped: list[str] = []
    session.messages.notice.emit(
        Notice("Too large.", action=("Use 1024 × 1024", lambda: helped.append("smaller")))
    )
    assert bar._action.text() == "Use 1024 × 1024"
    QTest.mouseClick(bar._action, Qt.MouseButton.LeftButton)
    assert helped == ["smaller"]
    assert not bar.isVisible()


def test_each_notice_stays_until_it_is_dismissed(bar: MessageBar, session: Session) -> None:
    for sentence in ("First.", "Second.", "Third.", "Second."):
        session.messages.notice.emit(Notice(sentence))
    seen = []
    while bar.isVisible():
        seen.append((bar._sentence.text(), bar._more.text()))
        QTest.mouseClick(bar._dismiss, Qt.MouseButton.LeftButton)
    assert seen == [("Second.", "2 more"), ("Third.", "1 more"), ("First.", "")]


def test_escape_dismisses(bar: MessageBar, session: Session) -> None:
    session.messages.notice.emit(Notice("First."))
    QTest.keyClick(bar, Qt.Key.Key_Escape)
    assert not bar.isVisible()


def test_the_session_may_tell_after_the_widget(session: Session, qtbot: QtBot) -> None:
    parent = QWidget()
    bar = MessageBar(session, parent)
    parent.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    session.messages.notice.emit(Notice("Too late."))
    assert bar is not None


def test_a_narrow_bar_puts_its_buttons_below(bar: MessageBar, session: Session) -> None:
    session.messages.notice.emit(
        Notice("Too large.", details="why", action=("Use less", lambda: None))
    )
    for width, below in ((800, False), (360, True), (800, False)):
        bar.resize(width, 120)
        QApplication.processEvents()
        assert (bar._action.y() > bar._sentence.geometry().bottom()) is below


def test_what_only_informs_goes_by_itself_and_errors_stay(
    bar: MessageBar, session: Session, qtbot: QtBot
) -> None:
    bar._leaving.setInterval(1)
    session.messages.notice.emit(Notice("The disk is full."))
    session.messages.notice.emit(Notice("Saved as “owl.png”.", is_error=False))
    qtbot.waitUntil(lambda: bar._sentence.text() == "The disk is full.")
    qtbot.wait(20)
    assert bar.isVisible()


def test_a_newer_piece_of_information_takes_the_place_of_an_older_one(
    bar: MessageBar, session: Session
) -> None:
    session.messages.notice.emit(Notice("First.", is_error=False))
    session.messages.notice.emit(Notice("Second.", is_error=False))
    assert (bar._sentence.text(), bar._more.text()) == ("Second.", "")
    bar.dismiss()
    assert not bar.isVisible()
