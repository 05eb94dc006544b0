"""Small pictures with rounded corners."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPixmap

from studio.domain.events import Pixels
from studio.ui import theme
from studio.ui.canvas import as_qimage
from studio.ui.icons import icon

CORNER_PX: Final = 4


def rounded_pixmap(pixels: Pixels, side_px: int, pixel_ratio: float) -> QPixmap:
    """uint8 (h, w, 3) pixels fitted into a square of `side_px` logical pixels, for a label."""
    image = as_qimage(pixels)
    size = QSizeF(image.size()).scaled(side_px, side_px, Qt.AspectRatioMode.KeepAspectRatio)
    size_px = (size * pixel_ratio).toSize().expandedTo(QSize(1, 1))
    scaled = image.scaled(
        size_px,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    return rounded(QPixmap.fromImage(scaled), size_px, pixel_ratio)


def rounded(pixmap: QPixmap, size_px: QSize, pixel_ratio: float) -> QPixmap:
    """A pixmap at another size, in device pixels, with rounded corners."""
    result = QPixmap(size_px)
    result.fill(Qt.GlobalColor.transparent)
    whole = QRectF(result.rect())
    path = QPainterPath()
    path.addRoundedRect(whole, CORNER_PX * pixel_ratio, CORNER_PX * pixel_ratio)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setClipPath(path)
    painter.drawPixmap(whole, pixmap, QRectF(pixmap.rect()))
    painter.end()
    result.setDevicePixelRatio(pixel_ratio)
    return result


def paint_room(painter: QPainter, target: QRectF, mark_px: int = 0) -> None:
    """Where a thumbnail is to come; with a mark of that size where there can't be one."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("raised"))
    painter.drawRoundedRect(target, CORNER_PX, CORNER_PX)
    if mark_px:
        mark = QRect(0, 0, mark_px, mark_px)
        mark.moveCenter(target.center().toPoint())
        icon("image-off", "quiet").paint(painter, mark)


def paint_ring(painter: QPainter, target: QRectF, token: str, width_px: int, gap: float) -> None:
    """A line of a theme's colour around a thumbnail; its middle is `gap` pixels away from it."""
    painter.setPen(QPen(theme.color(token), width_px))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    corner = CORNER_PX + gap
    painter.drawRoundedRect(target.adjusted(-gap, -gap, gap, gap), corner, corner)
