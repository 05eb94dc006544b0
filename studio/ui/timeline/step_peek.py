"""The larger look at one step that floats above the timeline while the mouse is over it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.ui import theme
from studio.ui.timeline.thumbnails import StepThumbnails

PEEK: Final = Size(112, 112)


class StepPeek(QFrame):
    """A picture and which step it is, never in the way of the mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.ToolTip)
        self.setObjectName("StepPeek")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._thumbnails = StepThumbnails()
        self._picture = QLabel(self)
        self._text = QLabel(self)
        self._text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.set_role(self._text, "small")

        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_XS] * 4)
        layout.setSpacing(2)
        layout.addWidget(self._picture)
        layout.addWidget(self._text)

    def show_step(self, words: str, pixels: Pixels, size: Size, above: QPoint) -> None:
        """Show a step, “step 7”, with its lower middle at `above`, in global coordinates."""
        fitted = size.fitted_into(PEEK)
        self._thumbnails.clear()
        self._picture.setPixmap(
            self._thumbnails.pixmap(
                pixels, QSize(fitted.width, fitted.height), self.devicePixelRatioF()
            )
        )
        self._text.setText(words)
        self.adjustSize()
        self.move(above.x() - self.width() // 2, above.y() - self.height() - theme.SPACE_S)
        self.show()
