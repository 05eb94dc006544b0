"""A text field that is bound to one text of the draft and grows with what is written."""

from __future__ import annotations

import math

from PySide6.QtCore import QMimeData, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from studio.ui.bindings import Bindings
from studio.ui.session import Draft

_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOST_LINES = 10


class PromptEdit(QPlainTextEdit):
    """Shows and writes `draft.<field>`. Ctrl+Enter is `submitted`; Tab goes on."""

    submitted = Signal()

    def __init__(
        self, draft: Draft, field: str, *, fewest_lines: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._draft = draft
        self._field = field
        self._fewest_lines = fewest_lines
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setPlainText(getattr(draft, field))
        self.moveCursor(QTextCursor.MoveOperation.End)

        self.textChanged.connect(self._on_text_changed)
        self.document().documentLayout().documentSizeChanged.connect(self._fit_height)
        self._bindings = Bindings(self)
        self._bindings.add(getattr(draft.events, field), self._on_draft_changed)

    def _fit_height(self) -> None:
        lines = math.ceil(self.document().size().height())
        lines = min(max(lines, self._fewest_lines), _MOST_LINES)
        # What the style sheet adds around the text: frame and padding.
        around = self.height() - self.viewport().height()
        text = self.fontMetrics().lineSpacing() * lines + 2 * self.document().documentMargin()
        # One more, for Qt wants the last line to end above the lower edge.
        height = math.ceil(text) + around + 1
        if height != self.height():
            self.setFixedHeight(height)

    def _on_text_changed(self) -> None:
        setattr(self._draft, self._field, self.toPlainText())

    def _on_draft_changed(self, text: str) -> None:
        if text == self.toPlainText():
            return
        cursor = self.textCursor()
        position = cursor.position()
        was_at_end = cursor.atEnd()
        # Blocked, for Qt makes its own line ends of some: the draft's text stays as it is.
        with QSignalBlocker(self):
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.insertText(text)
            if not was_at_end:
                cursor.setPosition(min(position, self.document().characterCount() - 1))
            self.setTextCursor(cursor)

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
