"""What the style losses compare: the first two moments of a layer's features over all places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class Statistics:
    """`mean` is (C,); `gram`, (C, C), is the mean over all places of f · fᵀ."""

    mean: torch.Tensor
    gram: torch.Tensor

    @classmethod
    def of(cls, features: torch.Tensor, places: int | None = None) -> Statistics:
        """Of a feature map (1, C, h, w).

        Args:
            places: how many the whole map has of which `features` is a part; the statistics of the
                parts then add up to the whole's.
        """
        vectors = features.permute(0, 2, 3, 1).flatten(0, 2)  # (h · w, C)
        count = places or len(vectors)
        return cls(vectors.sum(0) / count, vectors.T @ vectors / count)

    def add_pulled_back(self, features: torch.Tensor, places: int, gradient: torch.Tensor) -> None:
        """These being the gradient of statistics `of` a feature map (1, C, h, w) or a part of one,
        add that of the features to `gradient`, which has their shape.

        One product of matrices where autograd takes two, as it can't know that a Gram matrix is
        symmetric, and no tensor as large as the map.
        """
        rows, of_rows = (tensor[0].permute(1, 2, 0) for tensor in (features, gradient))  # (h, w, C)
        of_product = (self.gram + self.gram.T) / places
        of_rows.add_(self.mean / places)
        of_rows.baddbmm_(rows, of_product.expand(len(rows), -1, -1))

    @classmethod
    def blend(cls, several: Iterable[tuple[Statistics, float]]) -> Statistics:
        """The sum of statistics times weights: of weights that sum to 1, those of a mixture."""
        weighted = [(one.mean * weight, one.gram * weight) for one, weight in several]
        means, grams = zip(*weighted, strict=True)
        return cls(torch.stack(means).sum(0), torch.stack(grams).sum(0))

    @property
    def covariance(self) -> torch.Tensor:
        """(C, C)."""
        return self.gram - torch.outer(self.mean, self.mean)

    @property
    def power(self) -> torch.Tensor:
        """The mean square length of a feature vector."""
        return self.gram.diagonal().sum()

    def to(self, device: torch.device) -> Statistics:
        return Statistics(self.mean.to(device), self.gram.to(device))


LayerStatistics = Mapping[str, Statistics]
"""Layer's name to the statistics of its features."""
