"""The loss of a picture and its gradient, from the whole at once or tile by tile.

A style loss is a function of statistics over the whole picture. Its slope with respect to these
statistics is computed once; each tile then needs only itself to turn that slope into a gradient of
its pixels. With several tiles that takes a look at the picture before, without gradients: at all of
it the first time, then at as much as tells how it has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from studio.domain.stylize import LossWeights
from studio.style.feature_tiles import Tile
from studio.style.features.extractor import Features
from studio.style.losses import ContentLoss, SumLoss, TVLoss
from studio.style.statistics import LayerStatistics, Statistics
from studio.style.tiled_features import TiledFeatures
from studio.style.tracked_statistics import TrackedStatistics

_CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class Losses:
    """`content` and `style` are relative, without their weights: 0 is the same, 1 as far as a
    picture without any features. `total` is the weighted sum with the total variation. Of several
    tiles, `style` is that of their tracked statistics."""

    content: float
    style: float
    total: float


class Objective:
    """What a picture of one size has to become like.

    Args:
        features: sees pictures of this size.
        content: the picture whose content is kept, (1, 3, H, W) in [0, 1].
        style_loss: of the statistics at the style layers; on the CPU, as it takes eigenvalues of
            small matrices.
    """

    def __init__(self, features: TiledFeatures, content: torch.Tensor, style_loss: SumLoss) -> None:
        self._features = features
        self._style_loss = style_loss
        targets = features.content(content)
        self._content_losses = {layer: ContentLoss(target) for layer, target in targets.items()}
        self._tv_loss = TVLoss()
        self._tracked = TrackedStatistics(features)

    def gradient(self, picture: torch.Tensor, weights: LossWeights) -> tuple[torch.Tensor, Losses]:
        """The gradient of the total loss at `picture`, (1, 3, H, W), and the losses there."""
        features = self._features
        slope = None
        if len(features.tiles) > 1:
            slope = self._slope(self._tracked.of(picture))
        shares: list[LayerStatistics] = []
        gradient = torch.zeros_like(picture)
        sums = torch.zeros(2)
        for tile in features.tiles:
            seen = tile.seen(picture).detach().requires_grad_()
            maps = features.extractor(seen)
            with torch.no_grad():
                parts = features.parts(maps, tile)
                shares.append(features.statistics_of(parts))
                slope = slope or self._slope(shares[0])
                sums += torch.stack([self._content(parts, tile), self._roughness(seen, tile)]).cpu()
                tile.seen(gradient).add_(self._of_seen(seen, maps, tile, slope, weights))
        self._tracked.know(shares)
        content, roughness = sums.tolist()
        style = slope.value if slope else 0.0
        weighted = style + weights.content * content + weights.smoothness * roughness
        return gradient, Losses(content, style, weighted)

    def _content(self, parts: Features, tile: Tile) -> torch.Tensor:
        extractor = self._features.extractor
        terms = []
        for layer, weight in extractor.content_layers.items():
            rows, columns = tile.place(extractor.strides[layer])
            terms.append(weight * self._content_losses[layer](parts[layer], rows, columns))
        return torch.stack(terms).sum()

    def _roughness(self, seen: torch.Tensor, tile: Tile) -> torch.Tensor:
        """The tile's share of the picture's total variation."""
        roughness: torch.Tensor = self._tv_loss(_with_neighbours(seen, tile), tile.size)
        return roughness * self._features.share(tile)

    def _of_seen(
        self, seen: torch.Tensor, maps: Features, tile: Tile, slope: _Slope, weights: LossWeights
    ) -> torch.Tensor:
        """The gradient of a tile's losses with respect to all that it sees.

        From the last map back to the one before, and so on: none waits until it is needed.
        """
        strides = self._features.extractor.strides
        names, found = list(maps), [seen, *maps.values()]
        gradient = torch.zeros_like(found[-1])
        while names:
            layer, current = names.pop(), found.pop()
            part = tile.part(gradient, strides[layer])
            self._add_gradient(
                part, layer, tile.part(current, strides[layer]), tile, slope, weights
            )
            if current is not found[-1]:
                (gradient,) = torch.autograd.grad(current, found[-1], gradient)
        self._tv_loss.add_gradient(
            _with_neighbours(seen, tile),
            tile.size,
            weights.smoothness * self._features.share(tile),
            _with_neighbours(gradient, tile),
        )
        return gradient

    def _add_gradient(
        self,
        gradient: torch.Tensor,
        layer: str,
        part: torch.Tensor,
        tile: Tile,
        slope: _Slope,
        weights: LossWeights,
    ) -> None:
        """Add that of the losses at a layer with respect to a tile's part of its map."""
        extractor = self._features.extractor
        if layer in extractor.style_layers:
            slope.gradients[layer].add_pulled_back(part, self._features.places(layer), gradient)
        if layer in extractor.content_layers:
            weight = weights.content * extractor.content_layers[layer]
            place = tile.place(extractor.strides[layer])
            self._content_losses[layer].add_gradient(part, *place, weight, gradient)

    def _slope(self, statistics: LayerStatistics) -> _Slope:
        device = next(iter(statistics.values())).mean.device
        inputs = {
            layer: Statistics(
                one.mean.to(_CPU).requires_grad_(),
                one.gram.to(_CPU).requires_grad_(),
            )
            for layer, one in statistics.items()
        }
        leaves = [leaf for one in inputs.values() for leaf in (one.mean, one.gram)]
        with _one_thread(), torch.enable_grad():
            value = self._style_loss(inputs)
            gradients = torch.autograd.grad(
                value, leaves, allow_unused=True, materialize_grads=True
            )
        pairs = zip(gradients[::2], gradients[1::2], strict=True)
        slopes = {
            layer: Statistics(*pair).to(device) for layer, pair in zip(inputs, pairs, strict=True)
        }
        return _Slope(value.item(), slopes)


@dataclass(frozen=True, slots=True)
class _Slope:
    """A style loss and its gradient with respect to the statistics."""

    value: float
    gradients: LayerStatistics


def _with_neighbours(seen: torch.Tensor, tile: Tile) -> torch.Tensor:
    """A tile, of what it sees, with the row below it and the column to the right: a view."""
    rows, columns = tile.rows.in_seen(), tile.columns.in_seen()
    return seen[:, :, rows.start : rows.stop + 1, columns.start : columns.stop + 1]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Eigenvalues of small matrices: threads that share them wait for each other hundreds of times,
    which beside a busy program takes ten times as long as the work itself."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
