"""The last line of a dialog: accepted by its button and by Enter, left by Cancel."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QPushButton, QVBoxLayout
from pytestqt.qtbot import QtBot

from studio.ui.controls.dialog_foot import DialogFoot


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("Make", QDialog.DialogCode.Accepted),
        ("Cancel", QDialog.DialogCode.Rejected),
        ("Enter", QDialog.DialogCode.Accepted),
    ],
)
def test_how_a_dialog_ends(qtbot: QtBot, how: str, code: QDialog.DialogCode) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    layout = QVBoxLayout(dialog)
    field = QLineEdit()
    layout.addWidget(field)
    layout.addLayout(DialogFoot(dialog, "Make"))
    dialog.show()
    if how == "Enter":
        qtbot.keyClick(field, Qt.Key.Key_Return)
    else:
        buttons = {button.text(): button for button in dialog.findChildren(QPushButton)}
        buttons[how].click()
    assert dialog.result() == code
    assert not dialog.isVisible()
