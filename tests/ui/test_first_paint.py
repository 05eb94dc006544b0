"""What waits for the first paint comes after it, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui.first_paint import after_first_paint, wait_for_first_paint

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class Pane(QWidget):
    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self._log = log

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        self._log.append("paint")


def test_it_comes_after_the_panes_were_painted_and_only_once(qtbot: QtBot) -> None:
    log: list[str] = []
    window = QWidget()
    qtbot.addWidget(window)
    QVBoxLayout(window).addWidget(Pane(log))
    after_first_paint(window, lambda: log.append("then"))
    window.resize(200, 200)
    window.show()
    QCoreApplication.sendPostedEvents()
    assert "then" not in log
    qtbot.waitUntil(lambda: "then" in log)
    assert log[0] == "paint"
    window.repaint()
    qtbot.wait(10)
    assert log.count("then") == 1


def test_a_window_that_is_never_shown_starts_nothing(qtbot: QtBot) -> None:
    log: list[str] = []
    window = QWidget()
    qtbot.addWidget(window)
    after_first_paint(window, lambda: log.append("then"))
    qtbot.wait(10)
    assert log == []


def test_waiting_ends_when_the_panes_were_painted(qtbot: QtBot) -> None:
    log: list[str] = []
    window = QWidget()
    qtbot.addWidget(window)
    QVBoxLayout(window).addWidget(Pane(log))
    window.resize(200, 200)
    window.show()
    wait_for_first_paint(window)
    assert log == ["paint"]


def test_waiting_for_a_window_that_is_not_shown_ends_too(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    wait_for_first_paint(window)
    assert not window.isVisible()
