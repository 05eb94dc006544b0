"""A text beside another one: what was removed and what was added, by colour and by sign."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFont, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QWidget

from studio.library.lineage.word_difference import Change, Part
from studio.ui import theme

_SIGNS: Final = {Change.REMOVED: "−", Change.ADDED: "+"}
_TOKENS: Final = {Change.KEPT: "text", Change.REMOVED: "danger", Change.ADDED: "good"}
_VEIL: Final = 0.16
_MOST_LINES: Final = 14


class DifferenceText(QTextEdit):
    """Read-only, as high as its text up to some lines. What is removed is struck through after a
    minus, what is added underlined after a plus."""

    def __init__(self, name: str, parts: tuple[Part, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts = parts
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().documentLayout().documentSizeChanged.connect(self._fit_height)
        self._write()

    def _write(self) -> None:
        self.clear()
        cursor = QTextCursor(self.document())
        for part in self._parts:
            wanted = _format(part.change)
            if part.change is not Change.KEPT:
                # A line through a minus would hide it.
                sign = QTextCharFormat(wanted)
                sign.setFontStrikeOut(False)
                sign.setFontUnderline(False)
                cursor.insertText(_SIGNS[part.change], sign)
            cursor.insertText(part.text, wanted)

    def _fit_height(self) -> None:
        most = self.fontMetrics().lineSpacing() * _MOST_LINES
        margin = self.height() - self.viewport().height()
        self.setFixedHeight(round(min(self.document().size().height(), most)) + max(margin, 14))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._write()


def _format(change: Change) -> QTextCharFormat:
    wanted = QTextCharFormat()
    wanted.setForeground(theme.color(_TOKENS[change]))
    if change is not Change.KEPT:
        wanted.setBackground(theme.color(_TOKENS[change], _VEIL))
        wanted.setFontWeight(QFont.Weight.DemiBold)
    wanted.setFontStrikeOut(change is Change.REMOVED)
    wanted.setFontUnderline(change is Change.ADDED)
    return wanted
