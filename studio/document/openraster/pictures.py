"""Pictures to be packed band by band, and what each band is made of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studio.document.area import Area
from studio.document.content import Content
from studio.document.openraster import names
from studio.document.openraster.kept_bands import Parts
from studio.document.png_bands import Band, bands, packed
from studio.document.rendering.composite import flatten_layers, is_plain
from studio.document.tiles import TILE, TiledImage, pieces
from studio.domain.events import Pixels


class Picture:
    """One PNG of the file: `area` of something, whose pixels (h, w[, 4]) are made of `parts`."""

    def __init__(
        self,
        name: str,
        area: Area,
        channels: int,
        parts: Callable[[Area], Parts],
        pixels: Callable[[Area], Pixels],
    ) -> None:
        self.name = name
        self.area = area
        self.channels = channels
        self.bands = [(band, (channels, *parts(band))) for band in bands(area)]
        self._pixels = pixels

    @classmethod
    def of(cls, name: str, image: TiledImage, area: Area) -> Picture:
        """`area` of an image; without alpha where all of it is opaque."""
        channels = 3 if image.channels == 4 and _is_opaque(image, area) else image.channels
        return cls(name, area, channels, lambda band: image_parts(image, band), image.read)

    def packed(self, band: Area, *, small: bool = False) -> Band:
        """The band as it lies in a PNG; see `png_bands.packed`."""
        pixels = self._pixels(band)
        if self.channels == 3:
            colours = np.empty((*pixels.shape[:2], 3), np.uint8)
            for channel in range(3):  # one by one: several times as fast as three at once
                colours[..., channel] = pixels[..., channel]
            pixels = colours
        return packed(pixels, small=small)


def merged(content: Content) -> Picture:
    """What is seen of a document; without alpha where a layer of it has none."""
    layers = [layer for layer in content.layers if layer.is_seen]
    is_opaque = any(
        is_plain(layer) and _is_opaque(layer.image, content.area.moved(-layer.x, -layer.y))
        for layer in layers
    )

    def parts(band: Area) -> Parts:
        near = []
        for layer in layers:
            own = band.moved(-layer.x, -layer.y)
            if any(layer.image.tile(index) is not None for index, _, _ in pieces(own)):
                near.append((layer, own))
        if len(near) == 1 and is_plain(near[0][0]):
            [(layer, own)] = near  # whose bytes `flatten` leaves as they are
            return image_parts(layer.image, own)
        made_of: list[object] = [band.width, band.height]
        for layer, own in near:
            made_of += (layer.opacity, layer.blend_mode, *image_parts(layer.image, own))
            if layer.mask is not None:
                made_of += image_parts(layer.mask, own)
        return tuple(made_of)

    return Picture(
        names.MERGED,
        content.area,
        3 if is_opaque else 4,
        parts,
        lambda band: flatten_layers(layers, band),
    )


def image_parts(image: TiledImage, area: Area) -> Parts:
    """All that the pixels of an image in `area` depend on."""
    tiles = (image.tile(index) for index, _, _ in pieces(area))
    place = area.x % TILE, area.y % TILE
    return image.channels, image.fill, area.width, area.height, *place, *tiles


def _is_opaque(image: TiledImage, area: Area) -> bool:
    """Whether there is no transparent pixel in `area`."""
    for index, inner, _ in pieces(area):
        tile = image.tile(index)
        # One pixel often tells without looking at all of them.
        if tile is None or tile[inner.y, inner.x, 3] < 255:
            return False
        if not (tile[inner.slices][..., 3] == 255).all():
            return False
    return True
