"""How the model in use lies on the device, and why, in two lines."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QTextLayout
from PySide6.QtWidgets import QWidget

from studio.engine import EngineState, EngineStatus
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.elided_label import ElidedLabel
from studio.ui.session import Session

_LINES: Final = 2


class PlacementLine(ElidedLabel):
    """A sentence that wraps once and ends in … where two lines are too few; the tooltip has all of
    it. Its room is reserved while there is nothing to say, so that the form below stays put. A
    click shows what can be decided about it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._session = session
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.set_role(self, "small")
        self.setAccessibleName("How the model is kept in memory")
        self._bindings = Bindings(self)
        self._bindings.add(session.engine.status_changed, self._show)
        self._show(session.engine.status)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(super().sizeHint().width(), _LINES * self.fontMetrics().lineSpacing())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(0, self.sizeHint().height())

    def lines(self) -> list[str]:
        """What is shown, line by line."""
        text, metrics = self.text(), self.fontMetrics()
        layout = QTextLayout(text, self.font())
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(self.width())
        layout.endLayout()
        end = line.textLength() if line.isValid() else 0
        rest = metrics.elidedText(text[end:], Qt.TextElideMode.ElideRight, self.width())
        return [part for part in (text[:end].rstrip(), rest) if part]

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter, place = QPainter(self), self.rect()
        for line in self.lines():
            painter.drawText(place, Qt.AlignmentFlag.AlignTop, line)
            place.translate(0, self.fontMetrics().lineSpacing())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        is_click = event.button() is Qt.MouseButton.LeftButton
        if is_click and self.rect().contains(event.position().toPoint()):
            self._session.models.engine_wanted.emit()
        super().mouseReleaseEvent(event)

    def _show(self, status: EngineStatus) -> None:
        is_loading = status.state is EngineState.WARMING
        text = "Loading…" if is_loading else status.placement
        if text != self.text():
            self.set_text(text)
