"""Pictures and masks of any size as sparse grids of tiles that versions share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import numpy as np

from studio.document.area import NOWHERE, Area
from studio.domain.events import Pixels
from studio.domain.geometry import Box

TILE: Final = 256

Index = tuple[int, int]  # row and column of a tile; negative ones lie above and to the left
_Row = Mapping[int, Pixels]
_NO_ROW: Final[_Row] = {}


class TiledImage:
    """Unbounded uint8 pixels in tiles of 256 × 256, most of which needn't exist. Never changes.

    Whatever changes pixels returns another image, which shares every tile that stayed the same:
    older versions keep their pixels, and two of them differ only where their tiles do. Where no
    tile is, all pixels are `fill`.

    Rows of tiles are shared too, so that another version costs as much in the largest document
    as in a small one.

    Args:
        channels: 4 for straight RGBA, arrays (h, w, 4); 1 for a mask, arrays (h, w).
        fill: 0 to 255, the value of each channel where no tile is.
    """

    __slots__ = ("_area", "_rows", "channels", "fill")

    def __init__(self, channels: int, fill: int = 0) -> None:
        self.channels = channels
        self.fill = fill
        self._rows: Mapping[int, _Row] = {}
        self._area: Area | None = None

    @classmethod
    def of(cls, pixels: Pixels, x: int = 0, y: int = 0, fill: int = 0) -> TiledImage:
        """`pixels` (h, w), (h, w, 3) or (h, w, 4) with their left upper corner at `x`, `y`.

        Three channels become opaque RGBA. Tiles full of `fill` are left out.
        """
        area = Area(x, y, x + pixels.shape[1], y + pixels.shape[0])
        image = cls(1 if pixels.ndim == 2 else 4, fill)
        if image.channels == 1 or pixels.shape[2] == 4:
            return image.written(area, pixels)
        tiles: dict[Index, Pixels | None] = {}
        for index, inner, outer in pieces(area):
            tile = tiles[index] = image.blank()
            target, source = tile[inner.slices], pixels[outer.slices]
            target[..., 3] = 255
            for channel in range(3):  # one by one: four times as fast as three at once
                target[..., channel] = source[..., channel]
        return image.replaced(tiles)

    @property
    def count(self) -> int:
        """How many tiles exist."""
        return sum(len(row) for row in self._rows.values())

    @property
    def nbytes(self) -> int:
        """What its tiles occupy; shared ones count in each image that has them."""
        return self.count * TILE * TILE * self.channels

    @property
    def tiled_area(self) -> Area:
        """A rectangle of whole tiles around all that may differ from `fill`; costs no pixels."""
        if self._area is None:
            self._area = area_of(index for index, _ in self.items())
        return self._area

    def items(self) -> Iterator[tuple[Index, Pixels]]:
        """The tiles that exist, read-only arrays, in no order that means anything."""
        for row, tiles in self._rows.items():
            for column, tile in tiles.items():
                yield (row, column), tile

    def tile(self, index: Index) -> Pixels | None:
        """The tile at row and column `index`, read-only; None where all is `fill`."""
        return self._rows.get(index[0], _NO_ROW).get(index[1])

    def blank(self) -> Pixels:
        """A new tile full of `fill`, (256, 256[, 4])."""
        return np.full(self._shape(TILE, TILE), self.fill, np.uint8)

    def bounds(self) -> Area:
        """The smallest area around all pixels that differ from `fill`; of RGBA, whose alpha
        does."""
        found = NOWHERE
        for (row, column), tile in self.items():
            seen = (tile if self.channels == 1 else tile[..., 3]) != self.fill
            rows = np.flatnonzero(seen.any(axis=1))
            if len(rows):
                columns = np.flatnonzero(seen.any(axis=0))
                part = Area(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
                found = found.around(part.moved(column * TILE, row * TILE))
        return found

    def read(self, area: Area | Box) -> Pixels:
        """A copy of the pixels in `area`, (h, w[, channels])."""
        pixels = np.full(self._shape(area.height, area.width), self.fill, np.uint8)
        for index, inner, outer in pieces(area):
            if (tile := self.tile(index)) is not None:
                pixels[outer.slices] = tile[inner.slices]
        return pixels

    def peek(self, area: Area | Box) -> Pixels | None:
        """Like `read`, but without copying where one tile holds all of `area` (so don't write
        into it), and None where no tile exists in it."""
        touched = list(pieces(area))
        if len(touched) == 1:
            index, inner, _ = touched[0]
            tile = self.tile(index)
            return None if tile is None else tile[inner.slices]
        if all(self.tile(index) is None for index, _, _ in touched):
            return None
        return self.read(area)

    def sampled(self, area: Area | Box, step: int) -> Pixels | None:
        """Every `step`-th pixel of `area` both ways, from its left upper corner on, or None where
        no tile exists in it. `step` is a power of two up to 256."""
        height, width = -(-area.height // step), -(-area.width // step)
        pixels: Pixels | None = None
        for index, inner, outer in pieces(area):
            if (tile := self.tile(index)) is None:
                continue
            if pixels is None:
                pixels = np.full(self._shape(height, width), self.fill, np.uint8)
            down, right = -outer.y % step, -outer.x % step
            part = tile[inner.y + down : inner.bottom : step, inner.x + right : inner.right : step]
            top, left = (outer.y + down) // step, (outer.x + right) // step
            pixels[top : top + part.shape[0], left : left + part.shape[1]] = part
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
            part = pixels[outer.slices]
            if part.shape[:2] == (TILE, TILE):
                tile = part.copy()
            else:
                old = self.tile(index)
                tile = self.blank() if old is None else old.copy()
                tile[inner.slices] = part
            changed[index] = self._or_nothing(tile)
        return self.replaced(changed)

    def replaced(self, changed: Mapping[Index, Pixels | None]) -> TiledImage:
        """The image with other tiles, (256, 256[, 4]), at some places; None removes one. They
        become read-only: give them away."""
        rows = dict(self._rows)
        fresh: dict[int, dict[int, Pixels]] = {}
        for (row, column), tile in changed.items():
            if row not in fresh:
                fresh[row] = dict(rows.get(row, _NO_ROW))
                rows[row] = fresh[row]
            if tile is None:
                fresh[row].pop(column, None)
            else:
                tile.flags.writeable = False
                fresh[row][column] = tile
        for row, tiles in fresh.items():
            if not tiles:
                del rows[row]
        image = TiledImage(self.channels, self.fill)
        image._rows = rows
        return image

    def moved(self, right_px: int, down_px: int) -> TiledImage:
        """The image with all its pixels elsewhere; by whole tiles it costs nothing."""
        empty = TiledImage(self.channels, self.fill)
        if right_px % TILE == 0 and down_px % TILE == 0:
            down, right = down_px // TILE, right_px // TILE
            return empty.replaced({(row + down, col + right): t for (row, col), t in self.items()})
        gathered: dict[Index, Pixels] = {}
        for index, tile in self.items():
            for goal, inner, outer in pieces(tile_area(index).moved(right_px, down_px)):
                target = gathered.setdefault(goal, empty.blank())
                target[inner.slices] = tile[outer.slices]
        return empty.replaced({index: self._or_nothing(t) for index, t in gathered.items()})

    def cropped(self, area: Area | Box) -> TiledImage:
        """The image with `fill` everywhere outside `area`."""
        changed: dict[Index, Pixels | None] = {}
        for index, tile in self.items():
            place = tile_area(index)
            part = place.common(area)
            if part == place:
                continue
            rest = self.blank()
            if not part.is_empty:
                kept = part.moved(-place.x, -place.y).slices
                rest[kept] = tile[kept]
            if not np.array_equal(rest, tile):
                changed[index] = self._or_nothing(rest)
        return self.replaced(changed) if changed else self

    def differing(self, other: TiledImage) -> set[Index]:
        """Where the two don't share their tile. Equal pixels in two arrays count as differing."""
        found: set[Index] = set()
        if self.fill != other.fill:
            return {index for image in (self, other) for index, _ in image.items()}
        for row in self._rows.keys() | other._rows.keys():
            mine, theirs = self._rows.get(row, _NO_ROW), other._rows.get(row, _NO_ROW)
            if mine is not theirs:
                found.update(
                    (row, column)
                    for column in mine.keys() | theirs.keys()
                    if mine.get(column) is not theirs.get(column)
                )
        return found

    def same_pixels(self, other: TiledImage) -> bool:
        """Whether the two look the same everywhere, whatever tiles they have."""
        if (self.channels, self.fill) != (other.channels, other.fill):
            return False
        blank = self.blank()
        return all(
            np.array_equal(_either(self.tile(index), blank), _either(other.tile(index), blank))
            for index in self.differing(other)
        )

    def _or_nothing(self, tile: Pixels) -> Pixels | None:
        # One pixel often tells without looking at all of them.
        return tile if (tile[0, 0] != self.fill).any() or (tile != self.fill).any() else None

    def _shape(self, height: int, width: int) -> tuple[int, ...]:
        return (height, width) if self.channels == 1 else (height, width, self.channels)


def tile_area(index: Index) -> Area:
    """Where the tile lies."""
    row, column = index
    return Area(column * TILE, row * TILE, (column + 1) * TILE, (row + 1) * TILE)


def area_of(indices: Iterable[Index]) -> Area:
    """The smallest area around those tiles."""
    known = list(indices)
    if not known:
        return NOWHERE
    rows, columns = zip(*known, strict=True)
    return Area(
        min(columns) * TILE, min(rows) * TILE, (max(columns) + 1) * TILE, (max(rows) + 1) * TILE
    )


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


def _either(tile: Pixels | None, blank: Pixels) -> Pixels:
    return blank if tile is None else tile
