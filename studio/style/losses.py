"""The losses of style transfer, named as in the papers.

Gatys et al. 2016, “Image Style Transfer Using Convolutional Neural Networks”: content loss, style
loss of Gram matrices, their weighted sum. Crowson 2021 (style-transfer-pytorch): the Wasserstein-2
style loss and L2 total variation. All are relative here: to reach nothing at all (features of zero)
costs 1, so that weights mean the same with every network and at every size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch
from torch import nn
from torch.nn import functional

from studio.style.statistics import Statistics

_NONE: Final = slice(None)
# Of the target's mean square: what is added to each variance before the root is drawn, so that
# the gradient stays finite where features don't vary.
_EPSILON: Final = 1e-4


class ContentLoss(nn.Module):
    """How far features are from the content's, place by place: squares over the target's squares.

    Args:
        target: the content's features, (1, C, h, w).
    """

    target: torch.Tensor
    scale: torch.Tensor

    def __init__(self, target: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("target", target)
        self.register_buffer("scale", 1 / _at_least_tiny(target.square().sum()))

    def forward(
        self, features: torch.Tensor, rows: slice = _NONE, columns: slice = _NONE
    ) -> torch.Tensor:
        """Of a whole map, or of the part of it at some rows and columns: the parts' losses add up
        to the whole's."""
        target = self.target[:, :, rows, columns]
        return functional.mse_loss(features, target, reduction="sum") * self.scale

    def add_gradient(
        self,
        features: torch.Tensor,
        rows: slice,
        columns: slice,
        weight: float,
        gradient: torch.Tensor,
    ) -> None:
        """Add that of `forward`, times `weight`, to `gradient`, which has the features' shape."""
        apart = features - self.target[:, :, rows, columns]
        gradient.add_(apart.mul_(2 * weight * self.scale))


class StyleLoss(nn.Module):
    """Squared distance of Gram matrices: Gatys et al. 2016, equation 4, over the target's square.

    Args:
        target: the style's statistics at one layer.
    """

    target: torch.Tensor
    scale: torch.Tensor

    def __init__(self, target: Statistics) -> None:
        super().__init__()
        self.register_buffer("target", target.gram)
        self.register_buffer("scale", 1 / _at_least_tiny(target.gram.square().sum()))

    def forward(self, statistics: Statistics) -> torch.Tensor:
        return (statistics.gram - self.target).square().sum() * self.scale


class StyleLossW2(nn.Module):
    """Squared Wasserstein-2 distance of two Gaussians with the features' means and covariances.

    |m₁ − m₂|² + tr(S₁ + S₂ − 2 (√S₂ S₁ √S₂)^½): Olkin & Pukelsheim 1982. Unlike the Gram loss it
    counts a difference once, not by the square of how strong the feature is.

    Args:
        target: the style's statistics at one layer.
    """

    mean: torch.Tensor
    root: torch.Tensor
    variance: torch.Tensor
    ridge: torch.Tensor
    scale: torch.Tensor

    def __init__(self, target: Statistics) -> None:
        super().__init__()
        covariance = target.covariance
        ridge = _at_least_tiny(target.power / len(covariance) * _EPSILON)
        values, vectors = torch.linalg.eigh(_with_ridge(covariance, ridge))
        values = values.clamp_min(ridge)
        self.register_buffer("ridge", ridge)
        self.register_buffer("mean", target.mean)
        self.register_buffer("root", vectors * values.sqrt() @ vectors.T)
        self.register_buffer("variance", values.sum())
        self.register_buffer("scale", 1 / _at_least_tiny(target.power))

    def forward(self, statistics: Statistics) -> torch.Tensor:
        covariance = _with_ridge(statistics.covariance, self.ridge)
        least = self.ridge.square()
        roots = _RootsSum.apply(covariance, self.root, least)  # type: ignore[no-untyped-call]
        spread = covariance.diagonal().sum() + self.variance - 2 * roots
        apart = (statistics.mean - self.mean).square().sum()
        distance: torch.Tensor = (apart + spread) * self.scale
        return distance


class _RootsSum(torch.autograd.Function):
    """The sum of the roots of the eigenvalues of R S R, none taken as less than `least`; R and S
    are symmetric. The way back, to S, takes two products of matrices, autograd's twice as many."""

    @staticmethod
    def forward(
        context: Any, covariance: torch.Tensor, root: torch.Tensor, least: torch.Tensor
    ) -> torch.Tensor:
        values, vectors = torch.linalg.eigh(root @ covariance @ root)
        context.save_for_backward(values, vectors, root, least)
        total: torch.Tensor = values.clamp_min(least).sqrt().sum()
        return total

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        values, vectors, root, least = context.saved_tensors
        # No difference of two eigenvalues, which may be zero, is needed.
        slopes = torch.where(values > least, 0.5 * values.clamp_min(least).rsqrt(), 0)
        turned = root @ vectors
        of_covariance: torch.Tensor = gradients[0] * ((turned * slopes) @ turned.T)
        return of_covariance, None, None


class TVLoss(nn.Module):
    """L2 total variation: the mean squared difference of neighbours, down and to the right."""

    def forward(
        self, picture: torch.Tensor, inner_hw: tuple[int, int] | None = None
    ) -> torch.Tensor:
        """Of (1, C, H, W).

        Args:
            inner_hw: the size of the part it is about, at the upper left; the row and the column
                behind it are seen as neighbours only. Such parts' losses, each times its share of
                the area, add up to the whole's.
        """
        height, width = inner_hw or picture.shape[2:]
        down, right = _differences(picture, (height, width))
        squares = down.square().sum() + right.square().sum()
        return squares / (picture.shape[1] * height * width)

    def add_gradient(
        self,
        picture: torch.Tensor,
        inner_hw: tuple[int, int],
        weight: float,
        gradient: torch.Tensor,
    ) -> None:
        """Add that of `forward`, times `weight`, to `gradient`, which has the picture's shape."""
        height, width = inner_hw
        down, right = _differences(picture, inner_hw)
        factor = 2 * weight / (picture.shape[1] * height * width)
        gradient[:, :, 1:, :width].add_(down, alpha=factor)
        gradient[:, :, :-1, :width].sub_(down, alpha=factor)
        gradient[:, :, :height, 1:].add_(right, alpha=factor)
        gradient[:, :, :height, :-1].sub_(right, alpha=factor)


class SumLoss(nn.Module):
    """A weighted sum of losses, each of which sees the input of its name.

    Args:
        losses: by name.
        weights: by the same names.
    """

    def __init__(self, losses: Mapping[str, nn.Module], weights: Mapping[str, float]) -> None:
        super().__init__()
        self.losses = nn.ModuleDict(losses)
        self.weights = dict(weights)

    def forward(self, inputs: Mapping[str, Any]) -> torch.Tensor:
        terms = [loss(inputs[name]) * self.weights[name] for name, loss in self.losses.items()]
        return torch.stack(terms).sum()


def _at_least_tiny(value: torch.Tensor) -> torch.Tensor:
    return value.clamp_min(torch.finfo(value.dtype).tiny ** 0.5)


def _with_ridge(covariance: torch.Tensor, ridge: torch.Tensor) -> torch.Tensor:
    return covariance + torch.eye(len(covariance), device=covariance.device) * ridge


def _differences(
    picture: torch.Tensor, inner_hw: tuple[int, int]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Of neighbours, down and to the right; see `TVLoss.forward`."""
    height, width = inner_hw
    down = picture[:, :, 1:, :width] - picture[:, :, :-1, :width]
    right = picture[:, :, :height, 1:] - picture[:, :, :height, :-1]
    return down, right
