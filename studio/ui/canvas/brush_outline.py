"""The brush's outline under the pointer: where it would paint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from studio.ui.session import Tools

if TYPE_CHECKING:
    from studio.ui.canvas.canvas_view import CanvasView

LEAST_RADIUS_PX: Final = 2.0
_MORE_ROOM: Final = 3  # around the outline, for its pen


class BrushOutline:
    """Follows the pointer over the canvas, and repaints where it was and where it is."""

    def __init__(self, canvas: CanvasView, tools: Tools) -> None:
        self._canvas = canvas
        self._tools = tools
        self._hover: QPointF | None = None

    def follow(self, position: QPointF | None) -> None:
        """The pointer is elsewhere on the canvas; None while it isn't on it, or can't paint."""
        self._update()
        self._hover = position
        self._update()

    def paint(self, painter: QPainter) -> None:
        """Draw it black and white, so that it is seen on any picture."""
        place = self._place()
        if place.isEmpty():
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, inset in (("#000000", 0.0), ("#ffffff", 1.0)):
            painter.setPen(QPen(QColor(colour), 1))
            painter.drawEllipse(place.adjusted(inset, inset, -inset, -inset))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _place(self) -> QRectF:
        """In the canvas's coordinates; empty when there is no brush over it."""
        brush = self._tools.brush
        if brush is None or self._hover is None:
            return QRectF()
        radius = max(LEAST_RADIUS_PX, brush.size_px / 2 * self._canvas.scale)
        return QRectF(self._hover.x() - radius, self._hover.y() - radius, 2 * radius, 2 * radius)

    def _update(self) -> None:
        place = self._place()
        if not place.isEmpty():
            more = place.adjusted(-_MORE_ROOM, -_MORE_ROOM, _MORE_ROOM, _MORE_ROOM)
            self._canvas.update(more.toAlignedRect())
