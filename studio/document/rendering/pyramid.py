"""What the canvas draws: the document's picture in tiles at each level of detail, kept ready."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import numpy as np

from studio.document.area import NOWHERE, Area
from studio.document.change import Change
from studio.document.document import Document
from studio.document.rendering.composite import premultiplied, sampled
from studio.document.tiles import TILE, Index, pieces, tile_area
from studio.domain.events import Pixels
from studio.domain.geometry import Box, Size

MEMORY_BYTES: Final = 192 * 2**20
_TILE_BYTES: Final = TILE * TILE * 4

_Key = tuple[int, Index]


class Pyramid:
    """Tiles of the document's picture, as large as it is (level 0), half (1), a quarter (2), …

    Listens to the document: of a tile made before, only what changed since is made anew when it
    is asked for again. The tiles longest unused at level 0 are dropped beyond `memory_bytes`;
    those of the levels above are a third of the picture at most.

    Args:
        document: whose `shown` is drawn.
    """

    def __init__(self, document: Document, memory_bytes: int = MEMORY_BYTES) -> None:
        self._document = document
        self._most = max(1, memory_bytes // _TILE_BYTES)
        self._fine: OrderedDict[Index, Pixels] = OrderedDict()
        self._coarse: dict[_Key, Pixels] = {}
        self._stale: dict[_Key, Area] = {}
        document.changed.connect(self._on_changed)

    def close(self) -> None:
        """Stop listening to the document."""
        self._document.changed.disconnect(self._on_changed)

    @property
    def levels(self) -> int:
        """How many levels there are: at the last one the picture fits into one tile."""
        longest = max(self._document.size.width, self._document.size.height)
        return (-(-longest // TILE) - 1).bit_length() + 1

    def size(self, level: int) -> Size:
        """The size of the picture at `level`, rounded up."""
        size = self._document.size
        return Size(-(-size.width >> level), -(-size.height >> level))

    def level_for(self, scale: float) -> int:
        """The coarsest level with at least as many pixels as the screen shows at `scale` (screen
        pixels for each of the document's)."""
        level = 0
        while level + 1 < self.levels and scale <= 0.5 ** (level + 1):
            level += 1
        return level

    def is_ready(self, level: int, index: Index) -> bool:
        """Whether `tile` would answer without making anything."""
        key = (level, index)
        return self._cached(key) is not None and key not in self._stale

    def tile(self, level: int, index: Index) -> Pixels:
        """The tile at row and column `index`: (256, 256, 4), premultiplied BGRA, C-contiguous,
        transparent outside the document.

        Later calls may answer with the same array, drawn into anew where something changed. A
        coarse tile that was never made costs as much as all of the picture below it: see `draft`.
        """
        key = (level, index)
        tile = self._cached(key)
        stale = self._stale.pop(key, NOWHERE)
        if tile is None:
            tile = np.zeros((TILE, TILE, 4), np.uint8)
            stale = Area(0, 0, TILE, TILE)
        place = tile_area(index)
        part = stale.moved(place.x, place.y).common(Area.whole(self.size(level)))
        if not part.is_empty:
            tile[part.moved(-place.x, -place.y).slices] = self._made(level, part)
        self._keep(key, tile)
        return tile

    def draft(self, level: int, index: Index) -> Pixels:
        """Like `tile`, but at once and roughly: where it isn't ready, one pixel stands for all
        around it. Isn't kept."""
        key, place = (level, index), tile_area(index)
        known = self._cached(key)
        tile = np.zeros((TILE, TILE, 4), np.uint8) if known is None else known.copy()
        rough = place
        if known is not None:
            rough = self._stale.get(key, NOWHERE).moved(place.x, place.y)
        part = rough.common(Area.whole(self.size(level)))
        if not part.is_empty:
            step = 1 << level
            whole = Area(part.x * step, part.y * step, part.right * step, part.bottom * step)
            inside = whole.common(Area.whole(self._document.size))
            pixels = sampled(self._document.shown.layers, inside, step)
            tile[part.moved(-place.x, -place.y).slices] = pixels
        return tile

    def _made(self, level: int, area: Area) -> Pixels:
        """The picture at `level` in `area`, which lies inside it."""
        if level == 0:
            return premultiplied(self._document.shown.layers, area)
        finer = Area(2 * area.x, 2 * area.y, 2 * area.right, 2 * area.bottom)
        inside = finer.common(Area.whole(self.size(level - 1)))
        pixels = np.empty((inside.height, inside.width, 4), np.uint8)
        for index, inner, outer in pieces(inside):
            if level == 1 and index not in self._fine:
                place = tile_area(index)
                pixels[outer.slices] = self._made(0, inner.moved(place.x, place.y))
            else:
                pixels[outer.slices] = self.tile(level - 1, index)[inner.slices]
        if (inside.width | inside.height) & 1:
            # The last column or row of an odd picture stands for two.
            beyond = (0, inside.height & 1), (0, inside.width & 1), (0, 0)
            pixels = np.pad(pixels, beyond, mode="edge")
        return _halved(pixels)

    def _cached(self, key: _Key) -> Pixels | None:
        level, index = key
        return self._fine.get(index) if level == 0 else self._coarse.get(key)

    def _keep(self, key: _Key, tile: Pixels) -> None:
        level, index = key
        if level:
            self._coarse[key] = tile
            return
        self._fine[index] = tile
        self._fine.move_to_end(index)
        while len(self._fine) > self._most:
            self._fine.popitem(last=False)

    def _on_changed(self, change: Change) -> None:
        if change.size:
            self._fine.clear()
            self._coarse.clear()
            self._stale.clear()
        elif change.damage is not None:
            self._spoil(change.damage)

    def _spoil(self, box: Box) -> None:
        """Note that all tiles already made are no longer true in `box` of the document."""
        for level in range(self.levels):
            area = Area(
                box.x >> level,
                box.y >> level,
                ((box.right - 1) >> level) + 1,
                ((box.bottom - 1) >> level) + 1,
            )
            for index, inner, _ in pieces(area):
                key = (level, index)
                if self._cached(key) is not None:
                    self._stale[key] = self._stale.get(key, NOWHERE).around(inner)


def _halved(finer: Pixels) -> Pixels:
    """The mean of each 2 × 2 pixels of (h, w, 4); the sides are even.

    Two channels are added at once, each in 16 of a word's 32 bits.
    """
    words = np.ascontiguousarray(finer).view(np.uint32)[..., 0]
    even, odd = np.uint32(0x00FF00FF), np.uint32(0x00020002)
    halves = []
    for channels in (words & even, (words >> 8) & even):
        rows = channels[::2] + channels[1::2]
        total = rows[:, ::2] + rows[:, 1::2]
        total += odd
        total >>= 2
        total &= even
        halves.append(total)
    mean = halves[0] | (halves[1] << 8)
    pixels: Pixels = mean[..., None].view(np.uint8)
    return pixels
