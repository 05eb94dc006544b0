"""What the style losses compare: the first two moments of a layer's features over all places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

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
        mean, gram = _Moments.apply(vectors, places or len(vectors))  # type: ignore[no-untyped-call]
        return cls(mean, gram)

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


class _Moments(torch.autograd.Function):
    """Mean and Gram matrix with one product of matrices on the way back, where autograd, which
    can't know that a Gram matrix is symmetric, takes two."""

    @staticmethod
    def forward(
        context: Any, vectors: torch.Tensor, places: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        context.save_for_backward(vectors)
        context.places = places
        return vectors.sum(0) / places, vectors.T @ vectors / places

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        (vectors,) = context.saved_tensors
        of_mean, of_gram = (gradient / context.places for gradient in gradients)
        return torch.addmm(of_mean, vectors, of_gram + of_gram.T), None
