"""What stands on the timeline's strip beside the steps: marks and a sentence."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from studio.ui import theme

MARK_RADIUS: Final = 5
BOUNDARY_REACH: Final = 4


def paint_mark(painter: QPainter, foot: QPointF) -> None:
    """A line from the strip's upper edge to a small diamond at `foot`."""
    x, y, r = foot.x(), foot.y(), MARK_RADIUS
    painter.fillRect(QRectF(x - 1, 0, 2, y), theme.color("text"))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("text"))
    corners = [QPointF(x, y - r), QPointF(x + r, y), QPointF(x, y + r), QPointF(x - r, y)]
    painter.drawPolygon(QPolygonF(corners))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def paint_boundary(painter: QPainter, foot: QPointF) -> None:
    """A gap with a dashed line from the strip's upper edge to `foot`: the second pass begins."""
    gap = QRectF(foot.x() - BOUNDARY_REACH, 0, 2 * BOUNDARY_REACH, foot.y())
    painter.fillRect(gap, theme.color("panel"))
    painter.setPen(QPen(theme.color("text"), 2, Qt.PenStyle.DashLine))
    painter.drawLine(QPointF(foot.x(), 1), foot)
    painter.setPen(Qt.PenStyle.NoPen)


def paint_sentence(painter: QPainter, sentence: str, middle: QPoint, room_px: int) -> None:
    """A quiet sentence around `middle`, at most so wide."""
    metrics = painter.fontMetrics()
    text = metrics.elidedText(sentence, Qt.TextElideMode.ElideRight, room_px)
    rect = QRect(0, 0, metrics.horizontalAdvance(text) + 2 * theme.SPACE_S, metrics.height())
    rect.moveCenter(middle)
    painter.fillRect(rect, theme.color("panel"))
    painter.setPen(theme.color("quiet"))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
