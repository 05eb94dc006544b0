"""The bar that shows how many pictures were looked at."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from studio.ui.history.looking_bar import FEWEST, LookingBar
from studio.ui.session import Session


def test_it_shows_itself_only_while_there_is_much_to_look_at(
    session: Session, qasync_loop: object, qtbot: QtBot
) -> None:
    similarity = session.similarity
    bar = LookingBar(session)
    qtbot.addWidget(bar)
    assert bar.isHidden()
    similarity.known, similarity.total = 0, FEWEST - 1
    similarity.changed.emit()
    assert bar.isHidden()
    similarity.total = 1000
    similarity.changed.emit()
    assert not bar.isHidden()
    assert bar._text.text() == "Looking at pictures: 0 of 1,000"
    similarity.known = 999
    similarity.changed.emit()
    assert not bar.isHidden()
    similarity.known = 1000
    similarity.changed.emit()
    assert bar.isHidden()


def test_the_button_pauses_and_goes_on(session: Session, qasync_loop: object, qtbot: QtBot) -> None:
    similarity = session.similarity
    similarity.total = 1000
    bar = LookingBar(session)
    qtbot.addWidget(bar)
    bar.show()
    button = bar.findChild(QToolButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert similarity.is_paused
    assert bar._text.text().endswith("· paused")
    assert button.accessibleName() == "Go on"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not similarity.is_paused
    assert button.accessibleName() == "Pause"
