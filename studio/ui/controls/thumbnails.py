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
    pixmap = QPixmap((size * pixel_ratio).toSize().expandedTo(QSize(1, 1)))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_rounded(
        painter,
        QRectF(pixmap.rect()),
        QPixmap.fromImage(
            image.scaled(
                pixmap.size(),
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        ),
        CORNER_PX * pixel_ratio,
    )
    painter.end()
    pixmap.setDevicePixelRatio(pixel_ratio)
    return pixmap


def paint_rounded(
    painter: QPainter, target: QRectF, pixmap: QPixmap, radius: float = CORNER_PX
) -> None:
    """Paint a whole pixmap into `target`, which should have its proportions."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    path = QPainterPath()
    path.addRoundedRect(target, radius, radius)
    painter.setClipPath(path)
    painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
    painter.restore()
