"""A button with a thin line that shows how far the work has come."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from studio.ui import theme

_LINE_PX = 3


class ProgressButton(QPushButton):
    """`set_fraction(0.5)` fills half of the line at its lower edge; None shows no line.

    The second press of a double click does nothing: the button may mean something else by then.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._fraction: float | None = None

    def fraction(self) -> float | None:
        return self._fraction

    def set_fraction(self, fraction: float | None) -> None:
        """Show a fraction of 0 to 1, or no line at all."""
        if fraction != self._fraction:
            self._fraction = fraction
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        if not self._fraction:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inside = QPainterPath()
        inside.addRoundedRect(
            QRectF(self.rect()).adjusted(1, 1, -1, -1), theme.RADIUS - 1, theme.RADIUS - 1
        )
        painter.setClipPath(inside)
        painter.fillRect(
            QRectF(0, self.height() - 1 - _LINE_PX, self.width() * self._fraction, _LINE_PX),
            theme.color("accent"),
        )
