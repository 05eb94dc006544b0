"""The loss of a picture and its gradient, from the whole at once or tile by tile.

A style loss is a function of statistics over the whole picture. Its slope with respect to these
statistics is computed once; each tile then needs only itself to turn that slope into a gradient of
its pixels. With several tiles that takes a look at the whole before, without gradients. To save it
by taking the statistics that the tiles had one iteration ago doesn't work: the picture oscillates
about the style, and after 24 iterations the loss is half as high again (measured at 256 px).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from studio.domain.stylize import LossWeights
from studio.style.feature_tiles import Tile
from studio.style.features.extractor import Features
from studio.style.losses import ContentLoss, SumLoss, TVLoss
from studio.style.statistics import LayerStatistics, Statistics
from studio.style.tiled_features import TiledFeatures

_CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class Losses:
    """`content` and `style` are relative, without their weights: 0 is the same, 1 as far as a
    picture without any features. `total` is the weighted sum with the total variation."""

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
        self._area = content.shape[2] * content.shape[3]

    def gradient(self, picture: torch.Tensor, weights: LossWeights) -> tuple[torch.Tensor, Losses]:
        """The gradient of the total loss at `picture`, (1, 3, H, W), and the losses there."""
        slope = None
        if len(self._features.tiles) > 1:
            slope = self._slope(self._features.statistics(picture))
        gradient = torch.zeros_like(picture)
        sums = torch.zeros(2)
        for tile in self._features.tiles:
            seen = tile.seen(picture).detach().requires_grad_()
            features = self._features.extractor(seen)
            # Leaves of their own: the way back through the network begins with their gradients.
            parts = {
                layer: part.detach().requires_grad_()
                for layer, part in self._features.parts(features, tile).items()
            }
            statistics = self._features.statistics_of(parts)
            slope = slope or self._slope(statistics)
            content, roughness = self._content(parts, tile), self._roughness(seen, tile)
            loss = slope.along(statistics) + weights.content * content
            slopes = torch.autograd.grad(loss, list(parts.values()))
            of_parts = dict(zip(parts, slopes, strict=True))
            of_features = self._features.widened(of_parts, features, tile)
            (of_seen,) = torch.autograd.grad(
                [*features.values(), roughness],
                seen,
                [*of_features.values(), torch.full_like(roughness, weights.smoothness)],
            )
            tile.seen(gradient).add_(of_seen)
            sums += torch.stack([content, roughness]).detach().cpu()
        content_sum, roughness_sum = sums.tolist()
        style = slope.value if slope else 0.0
        weighted = style + weights.content * content_sum + weights.smoothness * roughness_sum
        return gradient, Losses(content_sum, style, weighted)

    def _content(self, parts: Features, tile: Tile) -> torch.Tensor:
        extractor = self._features.extractor
        terms = []
        for layer, weight in extractor.content_layers.items():
            rows, columns = tile.place(extractor.strides[layer])
            terms.append(weight * self._content_losses[layer](parts[layer], rows, columns))
        return torch.stack(terms).sum()

    def _roughness(self, seen: torch.Tensor, tile: Tile) -> torch.Tensor:
        """The tile's share of the picture's total variation."""
        rows, columns = tile.rows.in_seen(), tile.columns.in_seen()
        size = tile.rows.length, tile.columns.length
        part = seen[:, :, rows.start : rows.stop + 1, columns.start : columns.stop + 1]
        roughness: torch.Tensor = self._tv_loss(part, size)
        return roughness * (size[0] * size[1] / self._area)

    def _slope(self, statistics: LayerStatistics) -> _Slope:
        device = next(iter(statistics.values())).mean.device
        inputs = {
            layer: Statistics(
                one.mean.detach().to(_CPU).requires_grad_(),
                one.gram.detach().to(_CPU).requires_grad_(),
            )
            for layer, one in statistics.items()
        }
        leaves = [leaf for one in inputs.values() for leaf in (one.mean, one.gram)]
        value = self._style_loss(inputs)
        gradients = torch.autograd.grad(value, leaves, allow_unused=True, materialize_grads=True)
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

    def along(self, statistics: LayerStatistics) -> torch.Tensor:
        """A function of the statistics with this gradient."""
        terms = []
        for layer, gradient in self.gradients.items():
            found = statistics[layer]
            terms += [(found.mean * gradient.mean).sum(), (found.gram * gradient.gram).sum()]
        return torch.stack(terms).sum()
