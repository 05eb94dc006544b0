"""Five stars on a thumbnail: shown where there are some, offered where the pointer is."""

from __future__ import annotations

import math
from functools import cache
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

MOST: Final = 5
_LARGEST_PX: Final = 14.0
_SMALLEST_PX: Final = 8.0
_PADDING_PX: Final = 3.0
# On the picture, so the same in every theme: white on a shade that any picture shows through.
_SHADE: Final = QColor(0, 0, 0, 150)
_LIT: Final = QColor(255, 255, 255, 235)
_UNLIT: Final = QColor(255, 255, 255, 110)


def stars_rect(picture: QRectF) -> QRectF:
    """Where the stars of a picture that covers `picture` stand: in its lower left corner."""
    room = (picture.width() - 4 * _PADDING_PX) / MOST
    side = max(_SMALLEST_PX, min(_LARGEST_PX, room))
    width, height = MOST * side + 2 * _PADDING_PX, side + 2 * _PADDING_PX
    left, bottom = picture.left() + _PADDING_PX, picture.bottom() - _PADDING_PX
    return QRectF(left, bottom - height, width, height)


def star_at(place: QPointF, rect: QRectF) -> int:
    """The star, 1 to 5, at a place in `rect`; 0 elsewhere."""
    if not rect.contains(place):
        return 0
    share = (place.x() - rect.left() - _PADDING_PX) / (rect.width() - 2 * _PADDING_PX)
    return min(MOST, max(1, math.ceil(share * MOST)))


def paint_stars(painter: QPainter, rect: QRectF, lit: int, *, all_of_them: bool) -> None:
    """`lit` stars, and the empty ones after them if `all_of_them` are offered."""
    count = MOST if all_of_them else lit
    side = rect.height() - 2 * _PADDING_PX
    shade = QRectF(rect.left(), rect.top(), count * side + 2 * _PADDING_PX, rect.height())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_SHADE)
    painter.drawRoundedRect(shade, rect.height() / 2, rect.height() / 2)
    for number in range(count):
        middle = QPointF(
            rect.left() + _PADDING_PX + (number + 0.5) * side, rect.top() + rect.height() / 2
        )
        star = _star(side * 0.42).translated(middle)
        if number < lit:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_LIT)
        else:
            painter.setPen(QPen(_UNLIT, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon(star)


@cache
def _star(radius: float) -> QPolygonF:
    points = []
    for corner in range(10):
        length = radius if corner % 2 == 0 else radius * 0.45
        angle = math.pi * corner / 5 - math.pi / 2
        points.append(QPointF(length * math.cos(angle), length * math.sin(angle)))
    return QPolygonF(points)
