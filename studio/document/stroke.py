"""A stroke while it is painted: points come in, dabs lie in the document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from math import floor, hypot

import numpy as np
from numpy.typing import NDArray

from studio.document.area import NOWHERE, Area
from studio.document.brush import SUBPIXELS, Brush, stamp
from studio.document.change import Change
from studio.document.content import Content
from studio.document.document import Document
from studio.document.edit_log import Edit
from studio.document.tiles import Index, TiledImage, pieces, tile_area
from studio.domain.events import Pixels
from studio.domain.geometry import Box

Colour = tuple[int, int, int]


class Target(Enum):
    """What a stroke paints on."""

    LAYER = "layer"
    LAYER_MASK = "layer mask"
    MASK = "mask"


@dataclass(frozen=True, slots=True)
class StrokePoint:
    """Where the pen is, in the document's pixels (0, 0 is the corner, 0.5, 0.5 the middle of the
    first pixel), and how hard it presses, 0 to 1."""

    x: float
    y: float
    pressure: float = 1.0


class Stroke:
    """Paints on the active layer, its own mask or the document's mask, shown at once.

    Args:
        document: shows the stroke while it goes, and is given one edit by `finish`.
        colour: (red, green, blue), 0 to 255; ignored on masks.
        erase: take away instead of adding.
        within_mask: paint only where the document's mask is, as far as it is.

    Raises:
        ValueError: there is no layer, or it has no mask to paint on.
    """

    def __init__(
        self,
        document: Document,
        brush: Brush,
        target: Target = Target.LAYER,
        colour: Colour = (0, 0, 0),
        erase: bool = False,
        within_mask: bool = False,
    ) -> None:
        self._document = document
        self._brush = brush
        self._target = target
        self._colour = np.asarray(colour, np.float32)
        self._erase = erase
        self._content = document.content
        self._within = document.content.mask if within_mask else None
        self._base = _target_image(document.content, target)
        layer = document.content.active
        self._origin = (0, 0) if target is Target.MASK or layer is None else (layer.x, layer.y)
        self._covers: dict[Index, NDArray[np.float32]] = {}
        self._tiles: dict[Index, Pixels] = {}
        self._points: list[StrokePoint] = []
        self._until_next = 0.0

    def extend(self, points: Iterable[StrokePoint]) -> Box | None:
        """Go on through `points`; what changed in the document, None if nothing did."""
        touched = NOWHERE
        for point in points:
            if not self._points:
                touched = touched.around(self._dab(point))
                self._until_next = self._spacing(point)
            else:
                touched = touched.around(self._line(self._points[-1], point))
            self._points.append(point)
        return self._painted(touched)

    def finish(self) -> None:
        """End the stroke: one step that can be undone."""
        for tile in self._tiles.values():
            tile.flags.writeable = False
        name = _NAMES[self._target, self._erase]
        self._document.do(Edit(name, self._result()))

    def cancel(self) -> None:
        """As if it had never begun."""
        self._document.end_preview()

    def _line(self, start: StrokePoint, end: StrokePoint) -> Area:
        length = hypot(end.x - start.x, end.y - start.y)
        touched = NOWHERE
        at = self._until_next
        while at <= length:
            share = at / length if length else 0.0
            point = StrokePoint(
                start.x + (end.x - start.x) * share,
                start.y + (end.y - start.y) * share,
                start.pressure + (end.pressure - start.pressure) * share,
            )
            touched = touched.around(self._dab(point))
            at += self._spacing(point)
        self._until_next = at - length
        return touched

    def _diameter(self, point: StrokePoint) -> float:
        size = self._brush.size_px * (point.pressure if self._brush.pressure_size else 1)
        return max(1.0, round(size * 4) / 4)

    def _spacing(self, point: StrokePoint) -> float:
        return max(0.5, self._diameter(point) * self._brush.spacing)

    def _dab(self, point: StrokePoint) -> Area:
        brush = self._brush
        x, y = point.x - 0.5 - self._origin[0], point.y - 0.5 - self._origin[1]
        column, row = floor(x + 0.5 / SUBPIXELS), floor(y + 0.5 / SUBPIXELS)
        across, down = (round((x - column) * SUBPIXELS), round((y - row) * SUBPIXELS))
        dab = stamp(self._diameter(point), brush.hardness, across, down)
        reach = dab.shape[0] // 2
        area = Area(column - reach, row - reach, column + reach + 1, row + reach + 1)
        most = np.float32(brush.opacity * (point.pressure if brush.pressure_opacity else 1))
        for index, inner, outer in pieces(area):
            cover = self._covers.get(index)
            if cover is None:
                cover = self._covers[index] = np.zeros((256, 256), np.float32)
            part = cover[inner.slices]
            gain = dab[outer.slices] * most - part
            np.maximum(gain, 0, out=gain)
            part += gain * np.float32(brush.flow)
        return area

    def _painted(self, touched: Area) -> Box | None:
        """Work the covers in `touched` into the tiles and show them."""
        fresh = False
        for index, inner, _ in pieces(touched):
            if index not in self._covers:
                continue
            base = self._base.tile(index)
            if index not in self._tiles:
                self._tiles[index] = self._base.blank() if base is None else base.copy()
                fresh = True
            cover = self._covers[index][inner.slices]
            if self._within is not None:
                place = tile_area(index)
                seen = inner.moved(place.x + self._origin[0], place.y + self._origin[1])
                cover = cover * (self._within.read(seen) * np.float32(1 / 255))
            before = self._base.blank() if base is None else base
            self._tiles[index][inner.slices] = self._mixed(before[inner.slices], cover)
        box = touched.moved(*self._origin).box(self._content.size)
        shown = self._result() if fresh else self._document.shown
        if box is not None:
            self._document.preview(shown, self._change(box))
        return box

    def _mixed(self, before: Pixels, cover: NDArray[np.float32]) -> Pixels:
        if self._target is not Target.LAYER:
            goal = np.float32(0 if self._erase else 255)
            return (before + (goal - before) * cover + np.float32(0.5)).astype(np.uint8)
        result = before.copy()
        alpha = before[..., 3].astype(np.float32)
        if self._erase:
            result[..., 3] = (alpha * (1 - cover) + np.float32(0.5)).astype(np.uint8)
            return result
        above = cover * np.float32(255)
        total = above + alpha * (1 - cover)
        share = np.divide(above, total, out=np.zeros_like(total), where=total > 0)[..., None]
        colours = before[..., :3] + (self._colour - before[..., :3]) * share
        result[..., :3] = (colours + np.float32(0.5)).astype(np.uint8)
        result[..., 3] = (total + np.float32(0.5)).astype(np.uint8)
        return result

    def _result(self) -> Content:
        image = TiledImage(self._base.channels, self._base.fill, self._base.tiles)
        image._tiles.update(self._tiles)
        return _with_target_image(self._content, self._target, image)

    def _change(self, box: Box) -> Change:
        if self._target is Target.MASK:
            return Change(mask=box)
        layer = self._content.active
        assert layer is not None  # noqa: S101
        damage = box if layer.visible and layer.opacity > 0 else None
        return Change(pixels=((layer.id, box),), damage=damage)


_NAMES = {
    (Target.LAYER, False): "Brush stroke",
    (Target.LAYER, True): "Erase",
    (Target.LAYER_MASK, False): "Paint layer mask",
    (Target.LAYER_MASK, True): "Erase layer mask",
    (Target.MASK, False): "Paint mask",
    (Target.MASK, True): "Erase mask",
}


def _target_image(content: Content, target: Target) -> TiledImage:
    if target is Target.MASK:
        return content.mask
    layer = content.active
    if layer is None:
        raise ValueError("there is no layer to paint on")
    if target is Target.LAYER:
        return layer.image
    if layer.mask is None:
        raise ValueError("the layer has no mask to paint on")
    return layer.mask


def _with_target_image(content: Content, target: Target, image: TiledImage) -> Content:
    if target is Target.MASK:
        return replace(content, mask=image)
    layer = content.active
    if layer is None:
        raise ValueError("there is no layer to paint on")
    if target is Target.LAYER:
        return content.with_layer(replace(layer, image=image))
    return content.with_layer(replace(layer, mask=image))
