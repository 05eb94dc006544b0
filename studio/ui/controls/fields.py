"""The rows of a form: a quiet label of one width at the left, its control at the right."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QWidget

from studio.ui import theme


def field_label(text: str, buddy: QWidget) -> QLabel:
    """The label of a control; it names the control for screen readers, too."""
    label = plain_label(text, "field")
    label.setFixedWidth(theme.LABEL_WIDTH)
    label.setBuddy(buddy)
    if not buddy.accessibleName():
        buddy.setAccessibleName(text)
    return label


def plain_label(text: str = "", role: str = "") -> QLabel:
    """A label that shows its text as it is, never as markup."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    if role:
        theme.set_role(label, role)
    return label


def sentence_label(role: str) -> QLabel:
    """A label for a sentence that wraps and that takes no room while it is empty."""
    label = plain_label(role=role)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    label.hide()
    return label


def say(label: QLabel, sentence: str) -> None:
    """Show a sentence in a `sentence_label`, or hide the label when there is nothing to say."""
    label.setText(sentence)
    label.setVisible(bool(sentence))


def keep_narrow(box: QComboBox) -> None:
    """Let a menu be narrower than its longest entry, which then ends in …"""
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)


def row(*widgets: QWidget) -> QHBoxLayout:
    """Widgets side by side, 8 px apart, without margins."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(theme.SPACE_S)
    for widget in widgets:
        layout.addWidget(widget)
    return layout


def field_row(text: str, control: QWidget, *beside: QWidget) -> QHBoxLayout:
    """A control behind its label, as wide as the room allows; what stands beside it isn't."""
    layout = row(field_label(text, control), control, *beside)
    layout.setStretch(1, 1)
    return layout


def plain_tooltip(text: str) -> str:
    """Text from outside as a tooltip: shown as it is, wrapped where it is long."""
    return f"<span>{escape(text).replace(chr(10), '<br>')}</span>"
