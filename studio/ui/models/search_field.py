"""Where words are typed that must occur in what is listed below."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from studio.ui import theme
from studio.ui.icons import icon


class SearchField(QLineEdit):
    """Down or Enter is `left`: what was found is next. Escape empties it first."""

    left = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText("Search…")
        self.setAccessibleName(name)
        self.setClearButtonEnabled(True)
        self.setTextMargins(theme.ICON_SIZE + theme.SPACE_XS, 0, 0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        side = theme.ICON_SIZE
        painter = QPainter(self)
        top = (self.height() - side) // 2
        icon("search", "quiet").paint(painter, theme.SPACE_S, top, side, side)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)
