"""A text field that grows with what is written."""

from __future__ import annotations

import math

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOST_LINES = 10


class TextField(QPlainTextEdit):
    """Between `fewest_lines` and ten lines high. Ctrl+Enter is `submitted`; Tab goes on."""

    submitted = Signal()

    def __init__(self, *, fewest_lines: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fewest_lines = fewest_lines
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().documentLayout().documentSizeChanged.connect(self._fit_height)

    def _fit_height(self) -> None:
        lines = math.ceil(self.document().size().height())
        lines = min(max(lines, self._fewest_lines), _MOST_LINES)
        text = self.fontMetrics().lineSpacing() * lines + 2 * self.document().documentMargin()
        # To what the style sheet adds, frame and padding, one more, for Qt wants the last line to
        # end above the lower edge.
        height = math.ceil(text) + 2 * self.frameWidth() + 1
        if height != self.height():
            self.setFixedHeight(height)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:  # noqa: N802 - Qt's name
        # A dropped file is for the window, which starts from a picture; its path is no prompt.
        are_files = any(url.isLocalFile() for url in source.urls())
        return not are_files and super().canInsertFromMimeData(source)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if control and event.key() in _ENTER_KEYS:
            self.submitted.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit_height()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._fit_height()


def prompt_field() -> TextField:
    """The field of the prompt, empty."""
    field = TextField(fewest_lines=4)
    field.setPlaceholderText("What should be in the picture?")
    field.setAccessibleName("Prompt")
    field.setToolTip("What should be in the picture (Ctrl+Enter makes it)")
    return field
