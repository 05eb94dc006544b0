"""A document on the canvas: its picture at the zoom's level of detail, and its mask over it."""

from __future__ import annotations

from math import ceil, floor
from time import thread_time
from typing import Final

import numpy as np
from PySide6.QtCore import QObject, QRectF
from PySide6.QtGui import QImage, QPainter, qRgba

from studio.document import Area, Document, Pyramid
from studio.document.tiles import TILE, Index, pieces, tile_area
from studio.domain.events import Pixels
from studio.ui.canvas.mask_outline import MaskOutline
from studio.ui.session.painting.tools import Colour, MaskView

MASK_OPACITY: Final = 0.45
# A coarse tile made for the first time needs all of the picture below it: in one frame as much as
# fits into this time of our own, the rest is drawn roughly and refined in the next frames.
REFINING_S: Final = 0.008


class DocumentImage:
    """Paints a document into a rectangle of a widget, only as much of it as is damaged.

    The visible part is gathered from the pyramid's tiles into one image and drawn at once: tiles
    drawn one by one would show seams at fractional zooms.
    """

    def __init__(self, document: Document, parent: QObject) -> None:
        self.document = document
        self.mask_outline = MaskOutline(parent)
        self._pyramid = Pyramid(document)

    def close(self) -> None:
        """Stop following the document."""
        self._pyramid.close()
        self.mask_outline.deleteLater()

    def paint(
        self, painter: QPainter, target: QRectF, damaged: QRectF, zoom: float, *, crisp: bool
    ) -> bool:
        """Paint the part of the document in `target` that lies in `damaged`.

        `zoom` is device pixels for each of the document's. False if some of it was drawn roughly
        and wants to be painted again.
        """
        level = self._pyramid.level_for(zoom)
        size = self._pyramid.size(level)
        scale = target.width() / self.document.size.width * (1 << level)
        area = _covered(target, damaged, scale).common(Area(0, 0, size.width, size.height))
        if area.is_empty:
            return True
        pixels, refined = self._gathered(level, area)
        image = QImage(
            pixels.data,
            area.width,
            area.height,
            pixels.strides[0],
            QImage.Format.Format_ARGB32_Premultiplied,
        )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not crisp)
        painter.drawImage(_place(target, area, scale), image)
        return refined

    def paint_mask(
        self,
        painter: QPainter,
        target: QRectF,
        damaged: QRectF,
        zoom: float,
        view: MaskView,
        colour: Colour,
    ) -> None:
        """Paint the document's mask as a translucent overlay, or as the line around it."""
        mask = self.document.shown.mask
        if view is MaskView.HIDDEN or not mask.count:
            return
        level = self._pyramid.level_for(zoom)
        step = min(1 << level, TILE)
        scale = target.width() / self.document.size.width
        area = _covered(target, damaged, scale).common(self.document.shown.area)
        if area.is_empty:
            return
        # On whole steps, or the sampled pixels would wander with the damaged rectangle.
        area = Area(area.x // step * step, area.y // step * step, area.right, area.bottom)
        if view is MaskView.OVERLAY:
            sampled = mask.sampled(area, step)
            if sampled is not None:
                columns, rows = sampled.shape[1] * step, sampled.shape[0] * step
                place = Area(area.x, area.y, area.x + columns, area.y + rows)
                painter.drawImage(_place(target, place, scale), _tinted(sampled, colour))
        else:
            self.mask_outline.paint(painter, mask, area, step, target.topLeft(), scale)

    def _gathered(self, level: int, area: Area) -> tuple[Pixels, bool]:
        """The pixels of `area` at `level`, and whether all of them are as fine as they can be."""
        pixels = np.empty((area.height, area.width, 4), np.uint8)
        deadline, refined = thread_time() + REFINING_S, True
        for index, inner, outer in pieces(area):
            if level == 0 or self._prepared(level, index, deadline):
                tile = self._pyramid.tile(level, index)
            else:
                tile, refined = self._pyramid.draft(level, index), False
            pixels[outer.slices] = tile[inner.slices]
        return pixels, refined

    def _prepared(self, level: int, index: Index, deadline: float) -> bool:
        """Make a tile from the finest up, as far as the time goes; whether it is there."""
        if self._pyramid.is_ready(level, index):
            return True
        if level > 1:
            place, size = tile_area(index), self._pyramid.size(level - 1)
            finer = Area(2 * place.x, 2 * place.y, 2 * place.right, 2 * place.bottom)
            inside = finer.common(Area(0, 0, size.width, size.height))
            children = [child for child, _, _ in pieces(inside)]
            if not all(self._prepared(level - 1, child, deadline) for child in children):
                return False
        if thread_time() > deadline:
            return False
        self._pyramid.tile(level, index)
        return True


def _covered(target: QRectF, damaged: QRectF, scale: float) -> Area:
    """The pixels, of `scale` widget units each, that `damaged` touches, and one more all round."""
    return Area(
        floor((damaged.left() - target.left()) / scale) - 1,
        floor((damaged.top() - target.top()) / scale) - 1,
        ceil((damaged.right() - target.left()) / scale) + 1,
        ceil((damaged.bottom() - target.top()) / scale) + 1,
    )


def _place(target: QRectF, area: Area, scale: float) -> QRectF:
    return QRectF(
        target.left() + area.x * scale,
        target.top() + area.y * scale,
        area.width * scale,
        area.height * scale,
    )


def _tinted(mask: Pixels, colour: Colour) -> QImage:
    """The mask (h, w) as a translucent picture in one colour."""
    mask = np.ascontiguousarray(mask)
    image = QImage(
        mask.data, mask.shape[1], mask.shape[0], mask.strides[0], QImage.Format.Format_Indexed8
    )
    image.setColorTable([qRgba(*colour, round(value * MASK_OPACITY)) for value in range(256)])
    # A copy: the array goes when this returns.
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
