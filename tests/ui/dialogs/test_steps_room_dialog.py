"""How much room the kept steps may take: asked for, kept to, remembered."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from studio.ui.controls.number_control import NumberControl
from studio.ui.dialogs import StepsRoomDialog
from studio.ui.history_menu import choose_steps_room
from studio.ui.main_window import MainWindow

GB = 10**9


def said(dialog: StepsRoomDialog) -> str:
    return " ".join(label.text() for label in dialog.findChildren(QLabel))


def test_it_says_what_a_number_would_do(qtbot: QtBot) -> None:
    dialog = StepsRoomDialog(3 * GB, 20 * GB, 20 * GB)
    qtbot.addWidget(dialog)
    assert dialog.chosen_gb == 20
    assert "take 3.0 GB now. When there is no more room" in said(dialog)
    room = dialog.findChild(NumberControl)
    room.set_value(2)
    room.value_changed.emit(2.0)
    assert "The oldest of pictures without stars go" in said(dialog)


@pytest.mark.parametrize(("budget", "shown"), [(0, 1), (10**6, 1), (10**16, 10_000)])
def test_any_budget_can_be_shown(qtbot: QtBot, budget: int, shown: int) -> None:
    dialog = StepsRoomDialog(0, budget, 20 * GB)
    qtbot.addWidget(dialog)
    assert dialog.chosen_gb == shown
    assert "0 MB" in said(dialog)


def press_in_the_dialog(text: str, gigabytes: int) -> None:
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, StepsRoomDialog)
    dialog.findChild(NumberControl).set_value(gigabytes)
    next(b for b in dialog.findChildren(QPushButton) if b.text() == text).click()


@pytest.mark.parametrize(("button", "kept"), [("Keep", 7), ("Cancel", 0)])
def test_what_is_chosen_counts_from_now_on(window: MainWindow, button: str, kept: int) -> None:
    keep = window.session.library.store.kept_steps
    before = keep.budget_bytes
    QTimer.singleShot(0, lambda: press_in_the_dialog(button, 7))
    choose_steps_room(window)
    assert window.settings.steps_budget_gb == kept
    assert keep.budget_bytes == (kept * GB or before)
