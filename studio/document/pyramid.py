"""What the canvas draws: the document's picture in tiles at each level of detail, kept ready."""

from __future__ import annotations

import numpy as np

from studio.document.area import Area
from studio.document.change import Change
from studio.document.composite import premultiplied
from studio.document.document import Document
from studio.document.tiles import TILE, Index, pieces
from studio.domain.events import Pixels
from studio.domain.geometry import Box, Size


class Pyramid:
    """Tiles of the document's picture, as large as it is (level 0), half (1), a quarter (2), …

    Listens to the document and forgets what changed; a tile is made when it is asked for.

    Args:
        document: whose `shown` is drawn.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._tiles: dict[tuple[int, Index], Pixels] = {}
        document.changed.connect(self._on_changed)

    def close(self) -> None:
        """Stop listening to the document."""
        self._document.changed.disconnect(self._on_changed)

    @property
    def levels(self) -> int:
        """How many levels there are: at the last one the picture fits into one tile."""
        longest = max(self._document.size.width, self._document.size.height)
        return max(0, -(-longest // TILE) - 1).bit_length() + 1

    def size(self, level: int) -> Size:
        """The size of the picture at `level`, rounded up."""
        size = self._document.size
        return Size(-(-size.width // 2**level), -(-size.height // 2**level))

    def level_for(self, scale: float) -> int:
        """The coarsest level with at least as many pixels as the screen shows at `scale` (screen
        pixels for each of the document's)."""
        level = 0
        while level + 1 < self.levels and scale <= 0.5 ** (level + 1):
            level += 1
        return level

    def tile(self, level: int, index: Index) -> Pixels:
        """The tile at row and column `index`: (256, 256, 4), premultiplied BGRA, C-contiguous,
        transparent outside the document. It stays the same array and is drawn into anew when
        something changes."""
        key = (level, index)
        if key not in self._tiles:
            self._tiles[key] = self._made(level, index)
        return self._tiles[key]

    def _made(self, level: int, index: Index) -> Pixels:
        tile = np.zeros((TILE, TILE, 4), np.uint8)
        row, column = index
        place = Area(column * TILE, row * TILE, (column + 1) * TILE, (row + 1) * TILE)
        part = place.common(Area.whole(self.size(level)))
        if part.is_empty:
            return tile
        inner = part.moved(-place.x, -place.y).slices
        if level == 0:
            tile[inner] = premultiplied(self._document.shown, part)
            return tile
        finer = np.zeros((2 * TILE, 2 * TILE, 4), np.uint8)
        for down in (0, 1):
            for right in (0, 1):
                quarter = self.tile(level - 1, (2 * row + down, 2 * column + right))
                finer[down * TILE : (down + 1) * TILE, right * TILE : (right + 1) * TILE] = quarter
        wide = finer.astype(np.uint16)
        total = wide[::2, ::2] + wide[1::2, ::2] + wide[::2, 1::2] + wide[1::2, 1::2]
        return ((total + 2) >> 2).astype(np.uint8)

    def _on_changed(self, change: Change) -> None:
        if change.size:
            self._tiles.clear()
        elif change.damage is not None:
            self._forget(change.damage)

    def _forget(self, box: Box) -> None:
        for level in range(self.levels):
            area = Area(
                box.x >> level,
                box.y >> level,
                ((box.right - 1) >> level) + 1,
                ((box.bottom - 1) >> level) + 1,
            )
            for index, _, _ in pieces(area):
                self._tiles.pop((level, index), None)
