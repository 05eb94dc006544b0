"""EfficientNet-Lite0 without its classifier: what is in a picture, wherever it is.

Tan & Le 2019, arXiv:1905.11946; the Lite variants have no squeeze-and-excitation and ReLU6 for
Swish. Every batch normalisation is folded into its convolution.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import nn
from torch.nn import functional

SIDE_PX: Final = 224
"""The side of the pictures that it learnt from. Other sides shift its features a little."""
CHANNELS: Final = 1280

# Kernel side, stride, expansion and outputs of each stage's blocks, and how many there are.
_STAGES: Final = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)


class _Conv(nn.Conv2d):
    """A convolution that pads as TensorFlow does: what is odd goes to the right and below."""

    def __init__(
        self, inputs: int, outputs: int, side: int = 1, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__(inputs, outputs, side, stride, groups=groups)
        both = side - stride if stride > 1 else side - 1
        self._around = (both // 2, both - both // 2) * 2

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return super().forward(functional.pad(features, self._around))


class _Block(nn.Module):
    """Widen, look around in each channel by itself, narrow: Sandler et al. 2018, figure 4."""

    def __init__(self, inputs: int, outputs: int, side: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand = _Conv(inputs, wide) if expansion > 1 else None
        self.depthwise = _Conv(wide, wide, side, stride, groups=wide)
        self.project = _Conv(wide, outputs)
        self._adds = stride == 1 and inputs == outputs

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        wide = features
        if self.expand is not None:
            wide = functional.relu6(self.expand(wide))
        narrow: torch.Tensor = self.project(functional.relu6(self.depthwise(wide)))
        return narrow + features if self._adds else narrow


class EfficientNetLite0(nn.Module):
    """From pictures (N, 3, 224, 224) in [-1, 1] to features (N, 1280), all of them at least 0."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _Conv(3, 32, 3, 2)
        blocks = []
        inputs = 32
        for side, stride, expansion, outputs, count in _STAGES:
            for number in range(count):
                blocks.append(_Block(inputs, outputs, side, 1 if number else stride, expansion))
                inputs = outputs
        self.blocks = nn.ModuleList(blocks)
        self.head = _Conv(inputs, CHANNELS)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        features = functional.relu6(self.stem(pictures))
        for block in self.blocks:
            features = block(features)
        return functional.relu6(self.head(features)).mean((2, 3))
