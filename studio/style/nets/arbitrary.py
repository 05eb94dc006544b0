"""Style prediction and transformation in any style: Ghiasi et al. 2017 (arXiv:1705.06830), in the
small form that Magenta published for phones (MobileNet v2 in the place of Inception v3)."""

from __future__ import annotations

from typing import Final

import torch
from torch import nn
from torch.nn import functional

from studio.style.nets.transform import TransformNetwork

STYLE_VECTOR_SIZE: Final = 100
# (outputs, blocks, stride of the first) of MobileNet v2: Sandler et al. 2018 (arXiv:1801.04381),
# table 2; all but the first widen their input six times.
_STAGES: Final = (
    (16, 1, 1),
    (24, 2, 2),
    (32, 3, 2),
    (64, 4, 2),
    (96, 3, 1),
    (160, 3, 2),
    (320, 1, 1),
)


def _convolved(features: torch.Tensor, conv: nn.Conv2d) -> torch.Tensor:
    """TensorFlow's “same”: where a stride of 2 leaves one pixel over, it lies right and below."""
    side = conv.kernel_size[0]
    if conv.stride[0] == 2:
        features = functional.pad(features, [0, side - 2, 0, side - 2])
    convolved: torch.Tensor = conv(features)
    return convolved


def _conv(inputs: int, outputs: int, side: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    padding = side // 2 if stride == 1 else 0
    return nn.Conv2d(inputs, outputs, side, stride, padding, groups=groups)


class InvertedResidual(nn.Module):
    """MobileNet v2's block, batch normalisation folded in: widen, look around, narrow."""

    def __init__(self, inputs: int, outputs: int, stride: int, factor: int) -> None:
        super().__init__()
        inner = inputs * factor
        self.expand = _conv(inputs, inner, 1) if factor > 1 else None
        self.depthwise = _conv(inner, inner, 3, stride, inner)
        self.project = _conv(inner, outputs, 1)
        self.is_residual = stride == 1 and inputs == outputs

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        inner = features
        if self.expand is not None:
            inner = functional.relu6(self.expand(inner))
        inner = functional.relu6(_convolved(inner, self.depthwise))
        outcome: torch.Tensor = self.project(inner)
        return features + outcome if self.is_residual else outcome


class StylePrediction(nn.Module):
    """A picture's style as 100 numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.first = _conv(3, 32, 3, 2)
        blocks: list[InvertedResidual] = []
        inputs = 32
        for outputs, count, stride in _STAGES:
            for number in range(count):
                factor = 6 if blocks else 1
                step = stride if number == 0 else 1
                blocks.append(InvertedResidual(inputs, outputs, step, factor))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.last = _conv(inputs, 1280, 1)
        self.bottleneck = nn.Linear(1280, STYLE_VECTOR_SIZE)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """(B, 3, H, W) in [0, 1], sides multiples of 32 (it learnt from 256), to (B, 100)."""
        features = functional.relu6(_convolved(pictures, self.first))
        features = functional.relu6(self.last(self.blocks(features)))
        vectors: torch.Tensor = self.bottleneck(features.mean((2, 3)))
        return vectors


class StyleTransform(TransformNetwork):
    """Paints in the style of a style vector."""

    def __init__(self) -> None:
        super().__init__((8, 16, 32), 5, (16, 8), contract_normalised=False)
        self.style = nn.Linear(STYLE_VECTOR_SIZE, 2 * self.style_size)

    def parameters_of(self, style_vector: torch.Tensor) -> torch.Tensor:
        """What the network paints with: (100,) to (2, style_size)."""
        parameters: torch.Tensor = self.style(style_vector)
        return parameters.view(2, -1)
