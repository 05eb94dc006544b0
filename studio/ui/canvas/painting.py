"""What the canvas paints: the surround, and in it the picture on show or the document."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF
from PySide6.QtGui import QBrush, QPainter, QPen, QPixmap, QRegion, QTransform

from studio.ui import theme
from studio.ui.canvas.document_image import DocumentImage
from studio.ui.canvas.picture_image import PictureImage
from studio.ui.canvas.zoom_view import whole_pixels_inside
from studio.ui.session import MaskView
from studio.ui.session.painting.tools import Colour

CRISP_FROM: Final = 8.0
CHECKER_PX: Final = 8


def paint_surround(
    painter: QPainter, target: QRectF, turn: QTransform, damaged: QRegion, pixel_ratio: float
) -> None:
    """What lies around the picture in `target`, turned by `turn`, and a thin frame if there is one.

    While a picture emerges only its own rectangle is damaged: nothing is painted here then.
    """
    inside = whole_pixels_inside(target) if turn.isIdentity() else QRect()
    around = damaged.subtracted(inside)
    if around.isEmpty():
        return
    painter.save()
    painter.setClipRegion(around)
    painter.fillRect(around.boundingRect(), theme.color("surround"))
    painter.setClipping(not turn.isIdentity())
    if not target.isEmpty():
        one = 1 / pixel_ratio
        painter.setTransform(turn, combine=True)
        painter.setPen(QPen(theme.color("line"), one))
        painter.drawRect(target.adjusted(-one / 2, -one / 2, one / 2, one / 2))
    painter.restore()


def paint_picture(
    painter: QPainter, target: QRectF, image: PictureImage | None, zoom: float, *, fitted: bool
) -> None:
    """The picture on show; None stands for one whose first step is to come."""
    if image is None:
        painter.fillRect(target, theme.color("panel"))
        return
    if not image.is_opaque:
        _paint_checkerboard(painter, target, target.topLeft())
    # A small picture that merely fills the view should look smooth; squares are for the
    # artist who zooms in to see them.
    crisp = zoom >= CRISP_FROM and not fitted and not image.is_preview
    image.paint(painter, target, zoom, crisp=crisp)


def paint_document(
    painter: QPainter,
    target: QRectF,
    damaged: QRectF,
    document: DocumentImage,
    zoom: float,
    mask_view: MaskView,
    mask_colour: Colour,
    *,
    fitted: bool,
) -> bool:
    """The document with its mask. False if some was drawn roughly and is to be painted again."""
    part = damaged.intersected(target)
    _paint_checkerboard(painter, part, target.topLeft())
    crisp = zoom >= CRISP_FROM and not fitted
    refined = document.paint(painter, target, part, zoom, crisp=crisp)
    document.paint_mask(painter, target, part, zoom, mask_view, mask_colour)
    if zoom >= CRISP_FROM:
        _paint_grid(painter, target, part, target.width() / document.document.size.width)
    return refined


def _paint_grid(painter: QPainter, target: QRectF, part: QRectF, scale: float) -> None:
    """Lines between the picture's pixels."""
    painter.setPen(QPen(theme.color("grid"), 0))
    first, last = (part.left() - target.left()) / scale, (part.right() - target.left()) / scale
    for column in range(math.ceil(first), math.floor(last) + 1):
        x = target.left() + column * scale
        painter.drawLine(QLineF(x, part.top(), x, part.bottom()))
    first, last = (part.top() - target.top()) / scale, (part.bottom() - target.top()) / scale
    for row in range(math.ceil(first), math.floor(last) + 1):
        y = target.top() + row * scale
        painter.drawLine(QLineF(part.left(), y, part.right(), y))


def _paint_checkerboard(painter: QPainter, part: QRectF, origin: QPointF) -> None:
    tile = QPixmap(2 * CHECKER_PX, 2 * CHECKER_PX)
    tile.fill(theme.color("raised"))
    on_tile = QPainter(tile)
    on_tile.fillRect(0, 0, CHECKER_PX, CHECKER_PX, theme.color("checker"))
    on_tile.fillRect(CHECKER_PX, CHECKER_PX, CHECKER_PX, CHECKER_PX, theme.color("checker"))
    on_tile.end()
    painter.setBrushOrigin(origin)
    painter.fillRect(part, QBrush(tile))
