"""A few choices side by side, of which one holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from studio.ui import theme


class ChoiceRow(QWidget):
    """`choices` are texts, each with what its button says and a tooltip. Tab goes to the one that
    holds, the arrow keys choose. `chosen` is emitted when a person does."""

    chosen = Signal(str)

    def __init__(
        self, name: str, choices: Mapping[Any, tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for place, (value, (text, tip)) in enumerate(choices.items()):
            button = QPushButton(text, self)
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName(f"{name}: {text}")
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setProperty("place", _place(place, len(choices)))
            theme.set_role(button, "choice")
            button.clicked.connect(lambda _checked, value=value: self.chosen.emit(value))
            self._group.addButton(button)
            self._buttons[value] = button
            layout.addWidget(button, 1)

    def button(self, value: str) -> QPushButton:
        return self._buttons[value]

    def value(self) -> str:
        """What holds; empty before `set_value`."""
        held = (value for value, button in self._buttons.items() if button.isChecked())
        return next(held, "")

    def set_value(self, value: str) -> None:
        """Show a choice; nothing is announced."""
        self._buttons[value].setChecked(True)


def _place(index: int, count: int) -> str:
    """Where the corners are rounded."""
    if index == 0:
        return "first"
    return "last" if index == count - 1 else "between"
