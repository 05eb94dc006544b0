"""Small pictures with rounded corners."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPixmap

from studio.domain.events import Pixels
from studio.ui.canvas import as_qimage

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
