"""Shortcuts and About: not modal, closed by Escape, gone when they are closed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QTextBrowser, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from studio import __version__
from studio.ui.dialogs import AboutDialog, ShortcutsDialog


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return window


def action(owner: QWidget, text: str, *keys: str) -> QAction:
    made = QAction(text, owner)
    made.setShortcuts([QKeySequence(key) for key in keys])
    return made


def texts(dialog: QDialog, role: str | None = None) -> list[str]:
    return [
        label.text()
        for label in dialog.findChildren(QLabel)
        if role is None or (label.dynamicPropertyNames() and label.property("role") == role)
    ]


def test_shortcuts_are_read_from_the_actions(window: QWidget) -> None:
    groups = [
        ("Picture", [action(window, "&Generate", "Ctrl+Return", "Ctrl+Enter")]),
        ("Help", [action(window, "About")]),
        ("View", [action(window, "<b>Fit</b>", "Ctrl+0"), action(window, "Reset")]),
    ]
    dialog = ShortcutsDialog(groups, window)
    dialog.show()
    assert texts(dialog, "title") == ["Picture", "View"]
    assert texts(dialog, "key") == ["Ctrl+Return", "Ctrl+Enter", "Ctrl+0"]
    assert "Generate" in texts(dialog)
    assert "Reset" not in texts(dialog), "what has no shortcut isn't listed"
    formats = {label.textFormat() for label in dialog.findChildren(QLabel)}
    assert formats == {Qt.TextFormat.PlainText}


def test_no_shortcut_at_all(window: QWidget) -> None:
    dialog = ShortcutsDialog([], window)
    dialog.show()
    assert texts(dialog, "key") == []


def test_about_says_what_it_is(window: QWidget) -> None:
    dialog = AboutDialog("NVIDIA <RTX>", window)
    dialog.show()
    said = " ".join(texts(dialog))
    for part in (f"Pentimento {__version__}", "Apache License 2.0", "NVIDIA <RTX>"):
        assert part in said
    notices = dialog.findChild(QTextBrowser).toPlainText()
    assert "Inter" in notices
    assert "Lucide" in notices


@pytest.mark.parametrize(
    "make", [lambda window: ShortcutsDialog([], window), lambda window: AboutDialog("", window)]
)
def test_they_stand_beside_the_work_and_escape_closes_them(
    window: QWidget, qtbot: QtBot, make: type[QDialog]
) -> None:
    dialog = make(window)
    dialog.show()
    assert not dialog.isModal()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not isValid(dialog))
