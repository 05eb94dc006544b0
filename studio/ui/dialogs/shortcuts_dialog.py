"""All keyboard shortcuts, read from the actions that have them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.ui import theme
from studio.ui.controls.fields import plain_label, row

_SIZE = (760, 560)
_COLUMNS = 2


class ShortcutsDialog(QDialog):
    """Groups of actions in two columns; actions without a shortcut are left out.

    Not modal: `show()` it and work on. It is deleted when it is closed.
    """

    def __init__(
        self, groups: Sequence[tuple[str, Sequence[QAction]]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        content = QWidget()
        columns = QHBoxLayout(content)
        columns.setContentsMargins(*[theme.SPACE_XL] * 4)
        columns.setSpacing(2 * theme.SPACE_XL)
        with_keys = [(title, _with_keys(actions)) for title, actions in groups]
        for part in _balanced([(title, actions) for title, actions in with_keys if actions]):
            columns.addLayout(_column(part), 1)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)
        self.resize(*_SIZE)


_Group = tuple[str, list[QAction]]


def _with_keys(actions: Sequence[QAction]) -> list[QAction]:
    return [action for action in actions if action.shortcuts()]


def _balanced(groups: list[_Group]) -> list[list[_Group]]:
    """The groups in order, in columns of about the same height."""
    total = sum(len(actions) + 2 for _, actions in groups)
    columns: list[list[_Group]] = [[] for _ in range(_COLUMNS)]
    height = 0
    for group in groups:
        lines = len(group[1]) + 2
        columns[(2 * height + lines) * _COLUMNS // (2 * total)].append(group)
        height += lines
    return columns


def _column(groups: list[_Group]) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(theme.SPACE_S)
    for title, actions in groups:
        column.addWidget(plain_label(title, "title"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.SPACE_M)
        grid.setVerticalSpacing(theme.SPACE_S)
        grid.setColumnStretch(0, 1)
        for line, action in enumerate(actions):
            grid.addWidget(plain_label(action.text().replace("&", "")), line, 0)
            caps = row(*[plain_label(_text(keys), "key") for keys in action.shortcuts()])
            caps.setSpacing(theme.SPACE_XS)
            caps.insertStretch(0, 1)
            grid.addLayout(caps, line, 1)
        column.addLayout(grid)
        column.addSpacing(theme.SPACE_L)
    column.addStretch(1)
    return column


def _text(keys: QKeySequence) -> str:
    return keys.toString(QKeySequence.SequenceFormat.NativeText)
