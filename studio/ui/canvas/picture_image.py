"""From uint8 pixels to what a painter draws: views of the same memory, at the right detail."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from studio.domain.events import Pixels
from studio.domain.geometry import Size

MAX_SMOOTHING: Final = 8
MAX_SMOOTHED_SAMPLES: Final = 1 << 14


def as_qimage(pixels: Pixels) -> QImage:
    """A QImage that views `pixels`, (h, w, 3) or (h, w, 4), without copying them.

    The returned object keeps the memory alive; Qt's own copies of it don't: give `.copy()` to what
    may outlive it, such as the clipboard.
    """
    pixels = np.ascontiguousarray(pixels)
    height, width, channels = pixels.shape
    format_ = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_RGBA8888
    image = QImage(pixels.data, width, height, pixels.strides[0], format_)
    image.pixels = pixels  # type: ignore[attr-defined] # keeps the memory alive
    return image


def as_pixels(image: QImage, *, keep_alpha: bool = False) -> Pixels:
    """A copy of an image as (h, w, 3); what is transparent becomes white. With `keep_alpha`, one
    that may be transparent is (h, w, 4)."""
    if keep_alpha and image.hasAlphaChannel():
        return _copied(image.convertToFormat(QImage.Format.Format_RGBA8888), 4)
    if image.hasAlphaChannel():
        opaque = QImage(image.size(), QImage.Format.Format_RGB32)
        opaque.fill(0xFFFFFFFF)
        _paint_over(opaque, image)
        image = opaque
    return _copied(image.convertToFormat(QImage.Format.Format_RGB888), 3)


def _copied(image: QImage, channels: int) -> Pixels:
    height, width, stride = image.height(), image.width(), image.bytesPerLine()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, stride)
    return rows[:, : width * channels].reshape(height, width, channels).copy()


class PictureImage:
    """Pixels that lie on the canvas at `size`, ready to be painted at any zoom.

    Painters interpolate between two neighbours only: far too little for a small preview, which
    would show its squares, and for a large picture made small, which would flicker. So both are
    brought near the wanted detail first, and the result is kept while the detail stays the same.
    """

    def __init__(self, pixels: Pixels, size: Size) -> None:
        self.pixels = pixels
        self.size = size
        self._factor = 0.0
        self._image = QImage()

    @property
    def is_opaque(self) -> bool:
        return bool(self.pixels.shape[2] == 3)

    @property
    def is_preview(self) -> bool:
        """Whether there are fewer pixels than the picture will have."""
        return bool(self.pixels.shape[1] < self.size.width)

    def paint(self, painter: QPainter, target: QRectF, zoom: float, *, crisp: bool) -> None:
        """Paint the whole picture into `target`; `crisp` shows square pixels.

        `zoom` is device pixels for each pixel of `size`.
        """
        self._bring_to(1.0 if crisp else self._wanted_factor(zoom))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not crisp)
        height, width = self.pixels.shape[:2]
        source = QRectF(0, 0, width * self._factor, height * self._factor)
        painter.drawImage(target, self._image, source)

    def _bring_to(self, factor: float) -> None:
        if factor == self._factor:
            return
        self._factor = factor
        image = as_qimage(self.pixels if factor >= 1 else _reduced(self.pixels, factor))
        # A painter scales these formats several times faster than three bytes for each pixel,
        # and the copy takes a tenth of a millisecond for a million pixels.
        format_ = QImage.Format.Format_RGB32
        if not self.is_opaque:
            format_ = QImage.Format.Format_ARGB32_Premultiplied
        self._image = image.convertToFormat(format_)
        while factor > 1:
            self._image = _doubled(self._image)
            factor /= 2

    def _wanted_factor(self, zoom: float) -> float:
        """How many samples to make of one: 2, 4 or 8 when enlarged, 1/2, 1/4, ... when reduced."""
        height, width = self.pixels.shape[:2]
        samples_wanted = zoom * self.size.width / width
        factor = 1.0
        while (
            samples_wanted > factor * 1.5
            and factor < MAX_SMOOTHING
            and height * width * (2 * factor) ** 2 <= MAX_SMOOTHED_SAMPLES
        ):
            factor *= 2
        while factor > samples_wanted * 2 and min(height, width) * factor >= 2:
            factor /= 2
        return factor


def _reduced(pixels: Pixels, factor: float) -> Pixels:
    return np.asarray(Image.fromarray(pixels).reduce(round(1 / factor)))


def _doubled(image: QImage) -> QImage:
    """Twice as large: doubled again and again, the slopes between samples become curves."""
    return image.scaled(
        image.size() * 2,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )


def _paint_over(target: QImage, image: QImage) -> None:
    painter = QPainter(target)
    painter.drawImage(0, 0, image)
    painter.end()
