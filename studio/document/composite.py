"""The picture that layers make together, for a file or for the screen."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from studio.document.area import Area
from studio.document.blend import Planes, compose
from studio.document.content import Content
from studio.document.layer import BlendMode, Layer
from studio.document.tiles import TILE
from studio.domain.events import Pixels
from studio.domain.geometry import Box


def flatten(content: Content, area: Area | Box | None = None) -> Pixels:
    """What is seen in `area`, or in the whole document: (h, w, 4), straight RGBA."""
    return flatten_layers(content.layers, content.area if area is None else area)


def flatten_layers(layers: Iterable[Layer], area: Area | Box) -> Pixels:
    """The layers over each other in `area` of the document: (h, w, 4), straight RGBA."""
    seen = tuple(layer for layer in layers if layer.is_seen)
    pixels = np.zeros((area.height, area.width, 4), np.uint8)
    for top in range(0, area.height, TILE):
        for left in range(0, area.width, TILE):
            part = Area(left, top, min(left + TILE, area.width), min(top + TILE, area.height))
            pixels[part.slices] = _flattened(seen, part.moved(area.x, area.y))
    return pixels


def premultiplied(content: Content, area: Area | Box) -> Pixels:
    """What is seen in `area` as screens draw it fastest: (h, w, 4), premultiplied BGRA, which Qt
    calls ARGB32_Premultiplied."""
    seen = tuple(layer for layer in content.layers if layer.is_seen)
    planes = composed(seen, area)
    return np.ascontiguousarray(_bytes(planes)[..., [2, 1, 0, 3]])


def composed(layers: tuple[Layer, ...], area: Area | Box) -> Planes:
    """(4, h, w) float32, premultiplied RGBA."""
    planes = np.zeros((4, area.height, area.width), np.float32)
    for layer in layers:
        own = Area.of(area).moved(-layer.x, -layer.y)
        if own.common(layer.image.tiled_area).is_empty:
            continue
        pixels = layer.image.read(own)
        alpha = pixels[..., 3].astype(np.float32) * np.float32(layer.opacity / 255)
        if layer.mask is not None:
            alpha *= layer.mask.read(own).astype(np.float32) * np.float32(1 / 255)
        colour = np.empty((3, area.height, area.width), np.float32)
        np.multiply(np.moveaxis(pixels[..., :3], 2, 0), np.float32(1 / 255), out=colour)
        compose(planes, colour, alpha, layer.blend_mode)
    return planes


def _flattened(layers: tuple[Layer, ...], area: Area) -> Pixels:
    if (only := _only_picture(layers, area)) is not None:
        return only.image.read(area.moved(-only.x, -only.y))
    planes = composed(layers, area)
    np.divide(planes[:3], planes[3], out=planes[:3], where=planes[3] > 0)
    return _bytes(planes)


def _only_picture(layers: tuple[Layer, ...], area: Area) -> Layer | None:
    """The layer that alone makes the picture, as it is."""
    touching = [layer for layer in layers if not layer.tiled_area.common(area).is_empty]
    if len(touching) != 1:
        return None
    layer = touching[0]
    plain = layer.mask is None and layer.opacity == 1 and layer.blend_mode is BlendMode.NORMAL
    return layer if plain else None


def _bytes(planes: Planes) -> Pixels:
    rounded = np.minimum(planes * np.float32(255) + np.float32(0.5), np.float32(255))
    return np.ascontiguousarray(np.moveaxis(rounded.astype(np.uint8), 0, 2))
