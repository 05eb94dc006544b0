"""The picture that layers make together, for a file or for the screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from studio.document.area import Area
from studio.document.content import Content
from studio.document.layer import BlendMode, Layer
from studio.document.rendering import words
from studio.document.rendering.blend import Planes, compose
from studio.document.strips import strips
from studio.document.tiles import Index, pieces, tile_area
from studio.domain.events import Pixels
from studio.domain.geometry import Box

# As many rows of a tile as keep all planes of a computation in the processor's cache.
_BAND_ROWS: Final = 64
_ONE: Final = np.float32(1 / 255)

_Seen = tuple[Layer, Pixels, Pixels | None]  # of one place: a layer's pixels and its own mask


def flatten(content: Content, area: Area | Box | None = None) -> Pixels:
    """What is seen in `area`, or in the whole document: (h, w, 4), straight RGBA.

    Where nothing but one layer as it is can be seen, its bytes are returned unchanged.
    """
    return flatten_layers(content.layers, content.area if area is None else area)


def flatten_layers(layers: Iterable[Layer], area: Area | Box) -> Pixels:
    """The layers over each other in `area` of the document: (h, w, 4), straight RGBA."""
    pixels = np.zeros((area.height, area.width, 4), np.uint8)
    for part, outer, near in _parts(layers, area):
        target = pixels[outer.slices]
        top = _own_pixels(near[-1], part) if is_plain(near[-1]) else None
        if top is not None and (len(near) == 1 or _is_opaque(top)):
            target[:] = top
            continue
        planes = _composed(near, part)
        np.divide(planes[:3], planes[3], out=planes[:3], where=planes[3] > 0)
        _store(planes, target, (0, 1, 2, 3))
    return pixels


def on_white(content: Content) -> Pixels:
    """The document as a model sees it, (H, W, 3)."""
    return np.ascontiguousarray(over_white(flatten(content))[..., :3])


def over_white(pixels: Pixels) -> Pixels:
    """Straight RGBA (h, w, 4) with its colours mixed with white, in their place, as they look on
    it; the transparency stays beside them."""
    for rows in strips(len(pixels)):
        alpha = pixels[rows, :, 3:].astype(np.uint16)
        if alpha.min() < 255:
            colours = pixels[rows, :, :3]
            colours[:] = (colours * alpha + 255 * (255 - alpha) + 127) // 255
    return pixels


def premultiplied(layers: Iterable[Layer], area: Area | Box) -> Pixels:
    """The layers over each other in `area` as screens draw it fastest: (h, w, 4), premultiplied
    BGRA, which Qt calls ARGB32_Premultiplied."""
    pixels = np.zeros((area.height, area.width, 4), np.uint8)
    for part, outer, near in _parts(layers, area):
        visible = _visible(near, part)
        if not visible:
            continue
        target = pixels[outer.slices]
        below, top = visible[0][1], visible[-1][1]
        plain = all(is_plain(layer) for layer, _, _ in visible)
        if plain and _is_opaque(top):
            target[..., 0], target[..., 1], target[..., 2] = top[..., 2], top[..., 1], top[..., 0]
            target[..., 3] = 255
        elif plain and len(visible) == 1:
            target[:] = words.shown(top)
        elif plain and len(visible) == 2 and _is_opaque(below):
            target[:] = words.shown_over(top, below)
        else:
            _store(_blended(visible, part.height, part.width), target, (2, 1, 0, 3))
    return pixels


def sampled(layers: Iterable[Layer], area: Area | Box, step: int) -> Pixels:
    """Like `premultiplied`, but of every `step`-th pixel only, both ways: a rough small picture,
    (ceil(h / step), ceil(w / step), 4)."""
    visible: list[_Seen] = []
    for layer in layers:
        own = Area.of(area).moved(-layer.x, -layer.y)
        if not layer.is_seen or (pixels := layer.image.sampled(own, step)) is None:
            continue
        mask = None if layer.mask is None else layer.mask.sampled(own, step)
        if mask is None and layer.mask is not None:
            mask = np.full(pixels.shape[:2], layer.mask.fill, np.uint8)
        visible.append((layer, pixels, mask))
    pixels = np.empty((-(-area.height // step), -(-area.width // step), 4), np.uint8)
    _store(_blended(visible, *pixels.shape[:2]), pixels, (2, 1, 0, 3))
    return pixels


def _parts(
    layers: Iterable[Layer], area: Area | Box
) -> Iterator[tuple[Area, Area, tuple[Layer, ...]]]:
    """Bands of `area`: where in the document, where in the area, and which layers have tiles
    there, if any."""
    seen = [layer for layer in layers if layer.is_seen]
    for index, inner, outer in pieces(area):
        near = tuple(layer for layer in seen if _has_tiles(layer, index))
        if not near:
            continue
        place = tile_area(index)
        for top in range(inner.y, inner.bottom, _BAND_ROWS):
            band = Area(inner.x, top, inner.right, min(top + _BAND_ROWS, inner.bottom))
            yield (
                band.moved(place.x, place.y),
                band.moved(outer.x - inner.x, outer.y - inner.y),
                near,
            )


def _has_tiles(layer: Layer, index: Index) -> bool:
    """Whether the layer can draw anything in that tile of the document."""
    if layer.x == layer.y == 0:
        return layer.image.tile(index) is not None
    own = tile_area(index).moved(-layer.x, -layer.y)
    return any(layer.image.tile(touched) is not None for touched, _, _ in pieces(own))


def _composed(layers: tuple[Layer, ...], area: Area) -> Planes:
    """(4, h, w) float32, premultiplied RGBA."""
    return _blended(_visible(layers, area), area.height, area.width)


def _visible(layers: tuple[Layer, ...], area: Area) -> list[_Seen]:
    """Those that have pixels in `area`, from the lowest that isn't hidden by another."""
    visible: list[_Seen] = []
    for layer in reversed(layers):
        if (pixels := _own_pixels(layer, area)) is None:
            continue
        own = area.moved(-layer.x, -layer.y)
        visible.append((layer, pixels, None if layer.mask is None else layer.mask.read(own)))
        if is_plain(layer) and _is_opaque(pixels):
            break  # hides all below
    visible.reverse()
    return visible


def _blended(visible: list[_Seen], height: int, width: int) -> Planes:
    """(4, h, w) float32, premultiplied RGBA, of layers from the lowest up."""
    planes = np.zeros((4, height, width), np.float32)
    colour = np.empty((3, height, width), np.float32)
    for layer, pixels, mask in visible:
        alpha = pixels[..., 3].astype(np.float32)
        alpha *= np.float32(layer.opacity / 255)
        if mask is not None:
            alpha *= mask.astype(np.float32) * _ONE
        np.multiply(np.moveaxis(pixels[..., :3], 2, 0), _ONE, out=colour)
        compose(planes, colour, alpha, layer.blend_mode)
    return planes


def _own_pixels(layer: Layer, area: Area) -> Pixels | None:
    return layer.image.peek(area.moved(-layer.x, -layer.y))


def is_plain(layer: Layer) -> bool:
    """Whether nothing but its own alpha decides how it covers what is below."""
    return layer.mask is None and layer.opacity == 1 and layer.blend_mode is BlendMode.NORMAL


def _is_opaque(pixels: Pixels) -> bool:
    # Two pixels tell most layers that aren't without looking at all of them.
    alpha = pixels[..., 3]
    return bool(alpha[0, 0] == 255 and alpha[-1, -1] == 255 and (alpha == 255).all())


def _store(planes: Planes, pixels: Pixels, order: tuple[int, int, int, int]) -> None:
    """Round the planes (4, h, w) to `pixels` (h, w, 4), the planes in that order; changes them."""
    planes *= np.float32(255)
    planes += np.float32(0.5)
    rounded = np.minimum(planes, np.float32(255), out=planes).astype(np.uint8)
    for channel, plane in enumerate(order):
        pixels[..., channel] = rounded[plane]
