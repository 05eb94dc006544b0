"""The first layers of Inception v3 (Szegedy et al. 2015, arXiv:1512.00567).

They have no residual sums, so their activations are as even as VGG's: those of residual networks
are too peaked for a style to be read from (Wang et al. 2021, arXiv:2104.05623).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import torch
from torch import nn
from torch.nn import functional

from studio.style.features.extractor import Features

# Behind the poolings, where their Gram matrices cost a quarter; Gatys et al. 2015 took them there,
# too. The pixels' own moments are the palette.
_STYLE_LAYERS: Final = {"pixels": 0.2, "stem1": 0.2, "pool3": 0.2, "pool5": 0.2, "mixed2": 0.2}
_CONTENT_LAYERS: Final = {"mixed1": 1.0}
_STRIDES: Final = {"pixels": 1, "stem1": 2, "pool3": 4, "pool5": 8, "mixed1": 8, "mixed2": 8}


class _Conv(nn.Module):
    """A convolution with its batch normalisation folded in, and ReLU."""

    def __init__(self, inputs: int, outputs: int, side: int, stride: int = 1) -> None:
        super().__init__()
        # Zeros around the picture itself would be painted as a dark frame.
        mode: Literal["replicate", "zeros"] = "replicate" if inputs == 3 else "zeros"
        self.conv = nn.Conv2d(inputs, outputs, side, stride, side // 2, padding_mode=mode)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return functional.relu_(self.conv(features))


class _Mixed(nn.Module):
    """Four ways to look at the same place, side by side: Szegedy et al. 2015, figure 5."""

    def __init__(self, inputs: int, pooled: int) -> None:
        super().__init__()
        self.branch1 = _Conv(inputs, 64, 1)
        self.branch5 = nn.Sequential(_Conv(inputs, 48, 1), _Conv(48, 64, 5))
        self.branch3 = nn.Sequential(_Conv(inputs, 64, 1), _Conv(64, 96, 3), _Conv(96, 96, 3))
        self.branch_pool = _Conv(inputs, pooled, 1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        pooled = functional.avg_pool2d(features, 3, 1, 1, count_include_pad=False)
        branches = (self.branch1, self.branch5, self.branch3)
        outputs = [branch(features) for branch in branches]
        return torch.cat([*outputs, self.branch_pool(pooled)], 1)


class InceptionStem(nn.Module):
    """Inception v3 up to its third mixed layer; RGB in [0, 1] as it is, for so it learnt.

    Unlike the original it keeps a border around its features, so that they lie above the pixels.
    """

    title: Final = "Inception v3"
    style_layers: Mapping[str, float] = _STYLE_LAYERS
    content_layers: Mapping[str, float] = _CONTENT_LAYERS
    strides: Mapping[str, int] = _STRIDES
    overlap_px: Final = 64

    def __init__(self) -> None:
        super().__init__()
        self.stem1 = _Conv(3, 32, 3, 2)
        self.stem2 = _Conv(32, 32, 3)
        self.stem3 = _Conv(32, 64, 3)
        self.stem4 = _Conv(64, 80, 1)
        self.stem5 = _Conv(80, 192, 3)
        self.mixed0 = _Mixed(192, 32)
        self.mixed1 = _Mixed(256, 64)
        self.mixed2 = _Mixed(288, 64)

    def forward(self, pictures: torch.Tensor) -> Features:
        stem1 = self.stem1(pictures)
        pool3 = functional.max_pool2d(self.stem3(self.stem2(stem1)), 3, 2, 1)
        pool5 = functional.max_pool2d(self.stem5(self.stem4(pool3)), 3, 2, 1)
        mixed1 = self.mixed1(self.mixed0(pool5))
        return {
            "pixels": pictures,
            "stem1": stem1,
            "pool3": pool3,
            "pool5": pool5,
            "mixed1": mixed1,
            "mixed2": self.mixed2(mixed1),
        }
