"""The features of a picture that is looked at tile by tile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import torch

from studio.style.feature_tiles import Tile, tiles
from studio.style.features.extractor import FeatureExtractor, Features
from studio.style.statistics import LayerStatistics, Statistics

_WHOLE: Final = 2
_GLANCE: Final = 2


class TiledFeatures:
    """An extractor for pictures of one size.

    Args:
        extractor: sees the features.
        height, width: the pictures' size.
        most_px: how much it looks at at a time. What isn't larger than `_WHOLE` times that is one
            tile; where it needn't remember anything for the way back it looks at `_GLANCE` times
            as much, which takes as much memory.
    """

    def __init__(self, extractor: FeatureExtractor, height: int, width: int, most_px: int) -> None:
        self.extractor = extractor
        self.tiles = self._glances = tiles(height, width, _WHOLE * most_px, extractor.overlap_px)
        if len(self.tiles) > 1:
            self.tiles = tiles(height, width, most_px, extractor.overlap_px)
            self._glances = tiles(height, width, _GLANCE * most_px, extractor.overlap_px)
        self._height, self._width = height, width

    def parts(self, features: Features, tile: Tile) -> dict[str, torch.Tensor]:
        """The features of a tile, of those of all that it sees."""
        strides = self.extractor.strides
        return {layer: tile.part(found, strides[layer]) for layer, found in features.items()}

    def share(self, tile: Tile) -> float:
        """How much of the picture a tile is: all of them are 1."""
        height, width = tile.size
        return height * width / (self._height * self._width)

    def a_third(self, turn: int) -> Sequence[int]:
        """The numbers of every third tile, along diagonals: of others in three `turn`s that follow
        each other."""
        columns = len({tile.columns for tile in self.tiles})
        return [
            number
            for number in range(len(self.tiles))
            if (number // columns + number % columns + turn) % 3 == 0
        ]

    def places(self, layer: str) -> int:
        """How many a layer's map of the whole picture has."""
        height, width = self._map_size(layer)
        return height * width

    def statistics_of(self, parts: Features) -> LayerStatistics:
        """A tile's share of the picture's statistics, of the tile's features."""
        return {
            layer: Statistics.of(parts[layer], self.places(layer))
            for layer in self.extractor.style_layers
        }

    def look(self, picture: torch.Tensor, tile: Tile) -> LayerStatistics:
        """A tile's share of the statistics of (1, 3, height, width) in [0, 1], without
        gradients."""
        with torch.no_grad():
            return self.statistics_of(self.parts(self.extractor(tile.seen(picture)), tile))

    def statistics(self, picture: torch.Tensor) -> LayerStatistics:
        """Of (1, 3, height, width) in [0, 1], without gradients."""
        sums: dict[str, Statistics] = {}
        for _, parts in self._parts(picture):
            for layer, share in self.statistics_of(parts).items():
                known = sums.get(layer)
                sums[layer] = Statistics.blend([(known, 1.0), (share, 1.0)]) if known else share
        return sums

    def content(self, picture: torch.Tensor) -> dict[str, torch.Tensor]:
        """The whole maps of the content layers, without gradients."""
        maps: dict[str, torch.Tensor] = {}
        for tile, parts in self._parts(picture):
            for layer in self.extractor.content_layers:
                part = parts[layer]
                if layer not in maps:
                    size = (1, part.shape[1], *self._map_size(layer))
                    whole = torch.empty(size, dtype=part.dtype, device=part.device)
                    maps[layer] = whole.contiguous(memory_format=torch.channels_last)
                rows, columns = tile.place(self.extractor.strides[layer])
                maps[layer][:, :, rows, columns] = part
        return maps

    def _parts(self, picture: torch.Tensor) -> Iterator[tuple[Tile, Features]]:
        for tile in self._glances:
            with torch.no_grad():
                features = self.extractor(tile.seen(picture))
            yield tile, self.parts(features, tile)

    def _map_size(self, layer: str) -> tuple[int, int]:
        stride = self.extractor.strides[layer]
        return -(-self._height // stride), -(-self._width // stride)
