"""Small pictures of layers and their masks, made when painted and made anew once it is calm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QObject, QRectF, QSize, QSizeF, Qt, QTimer
from PySide6.QtGui import QImage, QPainter, QPixmap

from studio.document import Area, Layer, TiledImage
from studio.domain.geometry import Size
from studio.ui import theme

SIDE_PX: Final = 40
# Nobody looks here while a stroke is painted.
CALM_MS: Final = 250
_FINER: Final = 3  # sampled pixels for each of the thumbnail's, both ways
_CHECKER_PX: Final = 5


class LayerThumbnails(QObject):
    """Keeps the thumbnails of each layer; `refreshed` is called when stale ones may be asked for.

    A thumbnail reads every n-th pixel of the layer's tiles, so its cost doesn't depend on how
    large the document is.
    """

    def __init__(self, refreshed: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._kept: dict[tuple[str, bool], tuple[_Look, QPixmap]] = {}
        self._calm = QTimer(self, singleShot=True, interval=CALM_MS)
        self._calm.timeout.connect(refreshed)

    def rest(self) -> None:
        """Pixels are other ones: keep the old thumbnails until it has been calm for a moment."""
        self._calm.start()

    def keep_only(self, layer_ids: set[str]) -> None:
        """Forget layers that are gone."""
        self._kept = {key: kept for key, kept in self._kept.items() if key[0] in layer_ids}

    def get(self, layer: Layer, size: Size, pixel_ratio: float) -> QPixmap:
        """The layer's pixels as they lie in a document of `size`, on a checkerboard."""
        return self._thumbnail((layer.id, False), _Look.of(layer.image, layer, size, pixel_ratio))

    def get_mask(self, layer: Layer, size: Size, pixel_ratio: float) -> QPixmap:
        """The layer's own mask, which it has, as it lies in a document of `size`."""
        mask = layer.mask
        assert mask is not None  # noqa: S101 - who asks has looked
        return self._thumbnail((layer.id, True), _Look.of(mask, layer, size, pixel_ratio))

    def _thumbnail(self, key: tuple[str, bool], look: _Look) -> QPixmap:
        kept = self._kept.get(key)
        if kept is not None and (kept[0] == look or self._calm.isActive()):
            return kept[1]
        pixmap = _drawn(look)
        self._kept[key] = (look, pixmap)
        return pixmap


@dataclass(frozen=True, slots=True)
class _Look:
    """All that decides a thumbnail: what is drawn, and where its origin lies in the document."""

    image: TiledImage
    x: int
    y: int
    size: Size
    pixel_ratio: float

    @classmethod
    def of(cls, image: TiledImage, layer: Layer, size: Size, pixel_ratio: float) -> _Look:
        return cls(image, layer.x, layer.y, size, pixel_ratio)


def _drawn(look: _Look) -> QPixmap:
    size, pixel_ratio = look.size, look.pixel_ratio
    room = QSizeF(size.width, size.height).scaled(
        SIDE_PX, SIDE_PX, Qt.AspectRatioMode.KeepAspectRatio
    )
    pixmap = QPixmap((room * pixel_ratio).toSize().expandedTo(QSize(1, 1)))
    pixmap.setDevicePixelRatio(pixel_ratio)
    painter = QPainter(pixmap)
    place = QRectF(0, 0, pixmap.width() / pixel_ratio, pixmap.height() / pixel_ratio)
    _paint_checkerboard(painter, place)
    if (image := _sampled(look, round(SIDE_PX * pixel_ratio * _FINER))) is not None:
        small = image.scaled(
            pixmap.size(),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        painter.drawImage(place, small)
    painter.end()
    return pixmap


def _sampled(look: _Look, longest_px: int) -> QImage | None:
    """Every n-th pixel; None where nothing is on a layer."""
    size = look.size
    area = Area.whole(size).moved(-look.x, -look.y)
    step = max(1, max(size.width, size.height) // longest_px)
    pixels = look.image.sampled(area, step)
    if pixels is None:
        if look.image.channels == 4:
            return None
        pixels = np.full((1, 1), look.image.fill, np.uint8)
    pixels = np.ascontiguousarray(pixels)
    is_mask = look.image.channels == 1
    form = QImage.Format.Format_Grayscale8 if is_mask else QImage.Format.Format_RGBA8888
    image = QImage(pixels.data, pixels.shape[1], pixels.shape[0], pixels.strides[0], form)
    # A copy: the array goes when this returns.
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def _paint_checkerboard(painter: QPainter, place: QRectF) -> None:
    painter.fillRect(place, theme.color("raised"))
    for row in range(round(place.height()) // _CHECKER_PX + 1):
        for column in range(row % 2, round(place.width()) // _CHECKER_PX + 1, 2):
            square = QRectF(column * _CHECKER_PX, row * _CHECKER_PX, _CHECKER_PX, _CHECKER_PX)
            painter.fillRect(square.intersected(place), theme.color("line"))
