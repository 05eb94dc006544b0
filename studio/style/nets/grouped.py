"""Wide convolutions of few channels, made quick: neighbouring pixels become channels.

A processor works on sixteen or more channels in one go, so a 9 × 9 convolution to three channels
leaves most of it idle. In channels-last memory a row of W pixels of C channels is, without a copy,
a row of W / n pixels of n · C channels; a convolution on those makes n pixels at once. It
multiplies by some zeros and is still two to three times as quick.
"""

from __future__ import annotations

import torch
from torch.nn import functional

_GROUPS = {3: 4, 8: 2}


def group_size(weight: torch.Tensor) -> int:
    """How many pixels to take at once for this (outputs, inputs, k, k), by measurement; 1: none."""
    return _GROUPS.get(weight.shape[0], 1) if weight.shape[-1] > 3 else 1


def convolve_grouped(
    padded: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, group: int
) -> torch.Tensor:
    """What `conv2d` gives, up to the order of the sums.

    Args:
        padded: (B, inputs, H + k - 1, W + k - 1), channels last; W a multiple of `group`.
        weight: (outputs, inputs, k, k).
        bias: (outputs,).
        group: how many pixels at once; divides k - 1.
    """
    outputs, inputs, side, _ = weight.shape
    reach = -(-(group + side - 1) // group)
    # For each pixel of the output group: its weights, moved as far to the right.
    moved = weight.new_zeros(group, outputs, reach * group, inputs, side)
    for pixel in range(group):
        moved[pixel, :, pixel : pixel + side] = weight.permute(0, 3, 1, 2)
    kernel = moved.view(group * outputs, reach, group * inputs, side).permute(0, 2, 3, 1)
    grouped = _regrouped(padded, group * inputs)
    bias = bias if bias is None else bias.repeat(group)
    return _regrouped(functional.conv2d(grouped, kernel, bias), outputs)


def _regrouped(features: torch.Tensor, channels: int) -> torch.Tensor:
    """The same numbers in memory, read as rows of pixels of so many channels."""
    batch, _, height, _ = features.shape
    return features.permute(0, 2, 3, 1).reshape(batch, height, -1, channels).permute(0, 3, 1, 2)
