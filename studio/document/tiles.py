"""Pictures and masks of any size as sparse grids of tiles that versions share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from studio.document.area import NOWHERE, Area
from studio.domain.events import Pixels
from studio.domain.geometry import Box

TILE: Final = 256

Index = tuple[int, int]  # row and column of a tile; negative ones lie above and to the left


class TiledImage:
    """Unbounded uint8 pixels in tiles of 256 × 256, most of which needn't exist. Never changes.

    Whatever changes pixels returns another image, which shares every tile that stayed the same:
    older versions keep their pixels, and two of them differ only where their tiles do. Where no
    tile is, all pixels are `fill`.

    Args:
        channels: 4 for straight RGBA, arrays (h, w, 4); 1 for a mask, arrays (h, w).
        fill: 0 to 255, the value of each channel where no tile is.
        tiles: (256, 256[, 4]) uint8 each; made read-only, so give them away.
    """

    __slots__ = ("_tiles", "channels", "fill")

    def __init__(
        self, channels: int, fill: int = 0, tiles: Mapping[Index, Pixels] | None = None
    ) -> None:
        self.channels = channels
        self.fill = fill
        self._tiles = dict(tiles or {})
        for tile in self._tiles.values():
            tile.flags.writeable = False

    @classmethod
    def of(cls, pixels: Pixels, x: int = 0, y: int = 0, fill: int = 0) -> TiledImage:
        """`pixels` (h, w), (h, w, 3) or (h, w, 4) with their left upper corner at `x`, `y`.

        Three channels become opaque RGBA.
        """
        if pixels.ndim == 3 and pixels.shape[2] == 3:
            opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
            pixels = np.concatenate([pixels, opaque], axis=2)
        area = Area(x, y, x + pixels.shape[1], y + pixels.shape[0])
        return cls(1 if pixels.ndim == 2 else 4, fill).written(area, pixels)

    @property
    def tiles(self) -> Mapping[Index, Pixels]:
        """The tiles that exist, read-only arrays."""
        return MappingProxyType(self._tiles)

    @property
    def nbytes(self) -> int:
        """What its tiles occupy; shared ones count in each image that has them."""
        return len(self._tiles) * TILE * TILE * self.channels

    @property
    def tiled_area(self) -> Area:
        """A rectangle of whole tiles around all that may differ from `fill`; costs no pixels."""
        if not self._tiles:
            return NOWHERE
        rows = [row for row, _ in self._tiles]
        columns = [column for _, column in self._tiles]
        return Area(
            min(columns) * TILE, min(rows) * TILE, (max(columns) + 1) * TILE, (max(rows) + 1) * TILE
        )

    def bounds(self) -> Area:
        """The smallest area around all pixels that differ from `fill`, or whose alpha does."""
        found = NOWHERE
        for (row, column), tile in self._tiles.items():
            seen = (tile if self.channels == 1 else tile[..., 3]) != self.fill
            rows = np.flatnonzero(seen.any(axis=1))
            if len(rows):
                columns = np.flatnonzero(seen.any(axis=0))
                part = Area(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
                found = found.around(part.moved(column * TILE, row * TILE))
        return found

    def tile(self, index: Index) -> Pixels | None:
        """The tile at row and column `index`, read-only; None where all is `fill`."""
        return self._tiles.get(index)

    def blank(self) -> Pixels:
        """A new tile full of `fill`, (256, 256[, 4])."""
        return np.full(self._shape(TILE, TILE), self.fill, np.uint8)

    def read(self, area: Area | Box) -> Pixels:
        """A copy of the pixels in `area`, (h, w[, channels])."""
        pixels = np.full(self._shape(area.height, area.width), self.fill, np.uint8)
        for index, inner, outer in pieces(area):
            if (tile := self._tiles.get(index)) is not None:
                pixels[outer.slices] = tile[inner.slices]
        return pixels

    def written(self, area: Area | Box, pixels: Pixels) -> TiledImage:
        """The image with `pixels` (h, w[, channels]) in `area`.

        Raises:
            ValueError: the array has another shape than `area`.
        """
        if pixels.shape != self._shape(area.height, area.width):
            raise ValueError(f"{pixels.shape} pixels don't fill {area.width} × {area.height}")
        changed: dict[Index, Pixels | None] = {}
        for index, inner, outer in pieces(area):
            old = self._tiles.get(index)
            tile = self.blank() if old is None else old.copy()
            tile[inner.slices] = pixels[outer.slices]
            changed[index] = tile if (tile != self.fill).any() else None
        return self.replaced(changed)

    def replaced(self, changed: Mapping[Index, Pixels | None]) -> TiledImage:
        """The image with other tiles at some places; None removes one."""
        tiles = self._tiles.copy()
        for index, tile in changed.items():
            if tile is None:
                tiles.pop(index, None)
            else:
                tile.flags.writeable = False
                tiles[index] = tile
        return self._sharing(tiles)

    def moved(self, right_px: int, down_px: int) -> TiledImage:
        """The image with all its pixels elsewhere; by whole tiles it costs nothing."""
        if right_px % TILE == 0 and down_px % TILE == 0:
            down, right = down_px // TILE, right_px // TILE
            return self._sharing({(r + down, c + right): t for (r, c), t in self._tiles.items()})
        moved = TiledImage(self.channels, self.fill)
        gathered: dict[Index, Pixels] = {}
        for (row, column), tile in self._tiles.items():
            x, y = column * TILE + right_px, row * TILE + down_px
            for index, inner, outer in pieces(Area(x, y, x + TILE, y + TILE)):
                target = gathered.setdefault(index, moved.blank())
                target[inner.slices] = tile[outer.slices]
        return moved.replaced(
            {index: tile if (tile != self.fill).any() else None for index, tile in gathered.items()}
        )

    def cropped(self, area: Area | Box) -> TiledImage:
        """The image with `fill` everywhere outside `area`."""
        inside = Area.of(area)
        changed: dict[Index, Pixels | None] = {}
        for index, tile in self._tiles.items():
            place = tile_area(index)
            part = place.common(inside)
            if part == place:
                continue
            rest = self.blank()
            kept = part.moved(-place.x, -place.y)
            if not part.is_empty:
                rest[kept.slices] = tile[kept.slices]
            changed[index] = rest if (rest != self.fill).any() else None
        return self.replaced(changed)

    def differing(self, other: TiledImage) -> set[Index]:
        """Where the two don't share their tile. Equal pixels in two arrays count as differing."""
        if self is other:
            return set()
        if self.fill != other.fill:
            return set(self._tiles) | set(other._tiles)
        return {
            index
            for index in self._tiles.keys() | other._tiles.keys()
            if self._tiles.get(index) is not other._tiles.get(index)
        }

    def same_pixels(self, other: TiledImage) -> bool:
        """Whether the two look the same everywhere, whatever tiles they have."""
        if (self.channels, self.fill) != (other.channels, other.fill):
            return False
        blank = self.blank()
        return all(
            np.array_equal(self._tiles.get(index, blank), other._tiles.get(index, blank))
            for index in self.differing(other)
        )

    def _sharing(self, tiles: dict[Index, Pixels]) -> TiledImage:
        image = TiledImage(self.channels, self.fill)
        image._tiles = tiles
        return image

    def _shape(self, height: int, width: int) -> tuple[int, ...]:
        return (height, width) if self.channels == 1 else (height, width, self.channels)


def tile_area(index: Index) -> Area:
    """Where the tile lies."""
    row, column = index
    return Area(column * TILE, row * TILE, (column + 1) * TILE, (row + 1) * TILE)


def pieces(area: Area | Box) -> Iterator[tuple[Index, Area, Area]]:
    """The tiles that `area` touches: each one's index, which part of the tile that is, and which
    part of the area."""
    if area.width < 1 or area.height < 1:
        return
    for row in range(area.y // TILE, (area.bottom - 1) // TILE + 1):
        for column in range(area.x // TILE, (area.right - 1) // TILE + 1):
            place = tile_area((row, column))
            part = place.common(area)
            yield (row, column), part.moved(-place.x, -place.y), part.moved(-area.x, -area.y)
