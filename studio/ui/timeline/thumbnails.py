"""Small pictures of the steps, made when they are first painted and kept."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap

from studio.domain.events import Pixels
from studio.ui.canvas.picture_image import as_qimage


class StepThumbnails:
    """Pixmaps by step. A step whose frame was replaced gets a new one."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, int, float], tuple[Pixels, QPixmap]] = {}

    def clear(self) -> None:
        self._made.clear()

    def pixmap(self, step: int, pixels: Pixels, size: QSize, pixel_ratio: float) -> QPixmap:
        """The frame of a step, scaled to fill `size` (logical pixels); what is over is cut off."""
        key = (step, size.width() << 16 | size.height(), pixel_ratio)
        known = self._made.get(key)
        if known is not None and known[0] is pixels:
            return known[1]
        pixmap = _filling(pixels, size * pixel_ratio)
        pixmap.setDevicePixelRatio(pixel_ratio)
        self._made[key] = (pixels, pixmap)
        return pixmap


def _filling(pixels: Pixels, size: QSize) -> QPixmap:
    height, width = pixels.shape[:2]
    # Of a large frame every second, third, ... pixel is enough: many are made at once.
    stride = max(1, min(height // size.height(), width // size.width()) // 2)
    scaled = as_qimage(pixels[::stride, ::stride]).scaled(
        size,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    left = (scaled.width() - size.width()) // 2
    top = (scaled.height() - size.height()) // 2
    return QPixmap.fromImage(scaled.copy(left, top, size.width(), size.height()))
