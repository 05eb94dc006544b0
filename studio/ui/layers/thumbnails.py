"""Small pictures of layers, made when they are painted and made anew once it is calm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from PySide6.QtCore import QObject, QRectF, QSize, QSizeF, Qt, QTimer
from PySide6.QtGui import QImage, QPainter, QPixmap

from studio.document import Area, Layer
from studio.domain.geometry import Size
from studio.ui import theme

SIDE_PX: Final = 40
# Nobody looks here while a stroke is painted.
CALM_MS: Final = 250
_FINER: Final = 3  # sampled pixels for each of the thumbnail's, both ways
_CHECKER_PX: Final = 5


class LayerThumbnails(QObject):
    """Keeps one thumbnail for each layer; `refreshed` is called when stale ones may be asked for.

    A thumbnail reads every n-th pixel of the layer's tiles, so its cost doesn't depend on how
    large the document is.
    """

    def __init__(self, refreshed: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._kept: dict[str, tuple[Layer, Size, float, QPixmap]] = {}
        self._calm = QTimer(self, singleShot=True, interval=CALM_MS)
        self._calm.timeout.connect(refreshed)

    def rest(self) -> None:
        """Pixels are other ones: keep the old thumbnails until it has been calm for a moment."""
        self._calm.start()

    def keep_only(self, layer_ids: set[str]) -> None:
        """Forget layers that are gone."""
        for layer_id in self._kept.keys() - layer_ids:
            del self._kept[layer_id]

    def get(self, layer: Layer, size: Size, pixel_ratio: float) -> QPixmap:
        """The layer as it lies in a document of `size`, on a checkerboard."""
        kept = self._kept.get(layer.id)
        if kept is not None:
            same = kept[1:3] == (size, pixel_ratio) and _looks_like(kept[0], layer)
            if same or self._calm.isActive():
                return kept[3]
        pixmap = _drawn(layer, size, pixel_ratio)
        self._kept[layer.id] = (layer, size, pixel_ratio, pixmap)
        return pixmap


def _looks_like(one: Layer, other: Layer) -> bool:
    """Whether their thumbnails are the same."""
    return (one.image, one.mask, one.x, one.y) == (other.image, other.mask, other.x, other.y)


def _drawn(layer: Layer, size: Size, pixel_ratio: float) -> QPixmap:
    room = QSizeF(size.width, size.height).scaled(
        SIDE_PX, SIDE_PX, Qt.AspectRatioMode.KeepAspectRatio
    )
    pixmap = QPixmap((room * pixel_ratio).toSize().expandedTo(QSize(1, 1)))
    pixmap.setDevicePixelRatio(pixel_ratio)
    painter = QPainter(pixmap)
    place = QRectF(0, 0, pixmap.width() / pixel_ratio, pixmap.height() / pixel_ratio)
    _paint_checkerboard(painter, place)
    if (image := _sampled(layer, size, round(SIDE_PX * pixel_ratio * _FINER))) is not None:
        small = image.scaled(
            pixmap.size(),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        painter.drawImage(place, small)
    painter.end()
    return pixmap


def _sampled(layer: Layer, size: Size, longest_px: int) -> QImage | None:
    """Every n-th pixel of the layer, with its own mask; None where nothing is on it."""
    area = Area.whole(size).moved(-layer.x, -layer.y)
    step = max(1, max(size.width, size.height) // longest_px)
    pixels = layer.image.sampled(area, step)
    if pixels is None:
        return None
    pixels = np.array(pixels)
    if layer.mask is not None:
        mask = layer.mask.sampled(area, step)
        shown = np.full(pixels.shape[:2], layer.mask.fill, np.uint8) if mask is None else mask
        pixels[..., 3] = pixels[..., 3].astype(np.uint16) * shown // 255
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    # A copy: the array goes when this returns.
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def _paint_checkerboard(painter: QPainter, place: QRectF) -> None:
    painter.fillRect(place, theme.color("raised"))
    for row in range(round(place.height()) // _CHECKER_PX + 1):
        for column in range(row % 2, round(place.width()) // _CHECKER_PX + 1, 2):
            square = QRectF(column * _CHECKER_PX, row * _CHECKER_PX, _CHECKER_PX, _CHECKER_PX)
            painter.fillRect(square.intersected(place), theme.color("line"))
