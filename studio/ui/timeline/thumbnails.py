"""Small pictures of the steps, made when they are first painted and kept."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap

from studio.domain.events import Pixels
from studio.ui.canvas.picture_image import as_qimage


class StepThumbnails:
    """Pixmaps of one size at a time. Steps that show the same frame share one."""

    def __init__(self) -> None:
        self._size = QSize()
        self._pixel_ratio = 1.0
        # The pixels are kept with their pixmap: their id is theirs for as long as they live.
        self._made: dict[int, tuple[Pixels, QPixmap]] = {}

    def clear(self) -> None:
        self._made.clear()

    def pixmap(self, pixels: Pixels, size: QSize, pixel_ratio: float) -> QPixmap:
        """A frame, scaled to fill `size` (logical pixels); what is over is cut off."""
        if (size, pixel_ratio) != (self._size, self._pixel_ratio):
            self._made.clear()
            self._size, self._pixel_ratio = QSize(size), pixel_ratio
        known = self._made.get(id(pixels))
        if known is not None:
            return known[1]
        pixmap = _filling(pixels, size * pixel_ratio)
        pixmap.setDevicePixelRatio(pixel_ratio)
        self._made[id(pixels)] = (pixels, pixmap)
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
