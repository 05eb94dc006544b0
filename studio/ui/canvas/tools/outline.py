"""How tools draw what isn't painted yet: a line that is seen on any picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform

DASH_PX: Final = 4
HANDLE_PX: Final = 8
LABEL_GAP_PX: Final = 6
LABEL_PADDING_PX: Final = 6
LABEL_ROOM_PX: Final = 200  # no label reaches further


def rectangle(start: tuple[float, float], end: tuple[float, float]) -> QRectF:
    """The upright rectangle between two corners."""
    return QRectF(QPointF(*start), QPointF(*end)).normalized()


def draw_polygon(painter: QPainter, points: Sequence[QPointF], *, closed: bool = True) -> None:
    """A dashed black and white line through `points`, in the widget's coordinates."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, offset in (("#000000", 0), ("#ffffff", DASH_PX)):
        pen = QPen(QColor(colour), 1)
        pen.setDashPattern([DASH_PX, DASH_PX])
        pen.setDashOffset(offset)
        painter.setPen(pen)
        if closed:
            painter.drawPolygon(QPolygonF(points))
        else:
            painter.drawPolyline(QPolygonF(points))


def draw_frame(painter: QPainter, points: Sequence[QPointF]) -> None:
    """A thin white line with dark sides around `points`, in the widget's coordinates."""
    path = QPainterPath()
    path.addPolygon(QPolygonF(points))
    path.closeSubpath()
    frame_path(painter, path)


def frame_path(painter: QPainter, path: QPainterPath) -> None:
    """The same along a path."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((QColor(0, 0, 0, 150), 3), (QColor("#ffffff"), 1)):
        painter.setPen(QPen(colour, width))
        painter.drawPath(path)


def draw_label(painter: QPainter, box: QRectF, words: str) -> None:
    """Words above the left upper corner of `box`, in the widget's coordinates; inside it where the
    widget has no room above."""
    metrics = painter.fontMetrics()
    width = metrics.horizontalAdvance(words) + 2 * LABEL_PADDING_PX
    height = metrics.height() + LABEL_PADDING_PX
    top = box.top() - LABEL_GAP_PX - height
    if top < 0:
        top = max(0.0, box.top()) + LABEL_GAP_PX
    place = QRectF(max(0.0, box.left()), top, width, height)
    painter.fillRect(place, QColor(0, 0, 0, 180))
    painter.setPen(QColor("#ffffff"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)


def draw_ellipse(painter: QPainter, box: QRectF, to_widget: QTransform) -> None:
    """A dashed black and white ellipse that fills `box` of the document."""
    path = QPainterPath()
    path.addEllipse(box)
    draw_polygon(painter, to_widget.map(path).toFillPolygon().toList())


def draw_handles(painter: QPainter, points: Sequence[QPointF]) -> None:
    """Small squares to hold on to, in the widget's coordinates."""
    painter.setPen(QPen(QColor("#000000"), 1))
    painter.setBrush(QColor("#ffffff"))
    half = HANDLE_PX / 2
    for point in points:
        painter.drawRect(QRectF(point.x() - half, point.y() - half, HANDLE_PX, HANDLE_PX))


def corners(box: QRectF, to_widget: QTransform) -> list[QPointF]:
    """The box's corners in the widget, clockwise from the left upper one."""
    places = (box.topLeft(), box.topRight(), box.bottomRight(), box.bottomLeft())
    return [to_widget.map(place) for place in places]
