"""A button with a thin line that shows how far the work has come."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QStylePainter, QWidget

from studio.ui import theme

_LINE_PX = 3


class ProgressButton(QPushButton):
    """`show_progress(0.5, "11 / 20")` fills half of the line at its lower edge and adds the words.

    The second press of a double click does nothing: the button may mean something else by then.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._fraction: float | None = None
        self._detail = ""

    def fraction(self) -> float | None:
        return self._fraction

    def detail(self) -> str:
        """What is shown after the text."""
        return self._detail

    def show_progress(self, fraction: float | None, detail: str = "") -> None:
        """Show a fraction of 0 to 1, or no line at all, and some words after the text.

        They are painted and no part of the text, which would have the window laid out anew each
        time that it changes.
        """
        if (fraction, detail) != (self._fraction, self._detail):
            self._fraction = fraction
            self._detail = detail
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        event.accept()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        if self._detail:
            option.text = f"{self.text()} · {self._detail}"
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        if not self._fraction:
            return
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
