"""The layer both transform networks are made of, for a whole feature map or for some of its rows.

Dumoulin et al. 2016 (arXiv:1610.07629), table 1: mirror padding, convolution, conditional instance
normalisation, ReLU; upsampling is nearest neighbour before the convolution.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import nn
from torch.nn import functional

from studio.style.nets.grouped import convolve_grouped, group_size

_EPSILON: Final = 1e-5


@dataclass(frozen=True, slots=True)
class Affine:
    """What normalisation comes down to once its statistics are known: `scale` · x + `shift`.

    Both are (C, 1, 1), or (B, C, 1, 1) for pictures of different statistics.
    """

    scale: torch.Tensor
    shift: torch.Tensor

    @classmethod
    def normalising(
        cls, mean: torch.Tensor, variance: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor
    ) -> Affine:
        """Conditional instance normalisation: gamma · (x - mean) / sqrt(variance) + beta."""
        scale = gamma * torch.rsqrt(variance + _EPSILON)
        return cls(scale, beta - mean * scale)

    def __call__(self, features: torch.Tensor) -> torch.Tensor:
        """(B, C, H, W), a new tensor."""
        return torch.addcmul(self.shift, features, self.scale)


class ConvLayer(nn.Module):
    """A convolution with mirrored edges.

    Args:
        inputs: channels in.
        outputs: channels out.
        side: of the kernel; odd.
        stride: 2 halves the feature map, whose sides must be even.
        normalised: an instance normalisation follows, so there is no bias.
    """

    def __init__(
        self, inputs: int, outputs: int, side: int, *, stride: int = 1, normalised: bool = True
    ) -> None:
        super().__init__()
        self.stride = stride
        self.normalised = normalised
        self.weight = nn.Parameter(torch.empty(outputs, inputs, side, side))
        self.bias = None if normalised else nn.Parameter(torch.empty(outputs))

    @property
    def outputs(self) -> int:
        return self.weight.shape[0]

    @property
    def margin(self) -> int:
        """How many rows and columns beyond the edges a convolution looks at."""
        return self.weight.shape[-1] // 2

    def multiplications(self, height: int, width: int) -> int:
        """For an output of that size, as the convolution is defined."""
        return self.weight.numel() * height * width

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """(B, inputs, H, W) to (B, outputs, H / stride, W / stride), not normalised."""
        padded = functional.pad(features, [self.margin] * 4, mode="reflect")
        return functional.conv2d(padded, self.weight, self.bias, self.stride)

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        return height // self.stride, width // self.stride

    def input_rows(self, start: int, stop: int) -> tuple[int, int]:
        """The rows of the input, beyond the edges too, that these rows of the output need."""
        return start * self.stride - self.margin, (stop - 1) * self.stride + self.margin + 1

    def on_rows(
        self, rows: torch.Tensor, above: int, below: int, affine: Affine | None = None
    ) -> torch.Tensor:
        """The output for those of `input_rows` that exist.

        Args:
            rows: (B, inputs, rows, W).
            above: how many are missing, because they lie beyond the upper edge.
            below: the same for the lower edge.
            affine: comes after the convolution.
        """
        padded = functional.pad(rows, [self.margin, self.margin, above, below], mode="reflect")
        weight, bias = self._folded(affine)
        group = group_size(weight)
        if group > 1 and padded.shape[-1] % group == 0:
            return convolve_grouped(padded, weight, bias, group)
        return functional.conv2d(padded, weight, bias, self.stride)

    def _folded(self, affine: Affine | None) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Weight and bias of the convolution with `affine` after it."""
        if affine is None:
            return self.weight, self.bias
        return self.weight * affine.scale[..., None], affine.shift.flatten()


class UpsampledConvLayer(ConvLayer):
    """Twice the size by nearest neighbour, then a 3 × 3 convolution.

    On rows both are one transposed convolution: the same sums, with less than half the
    multiplications (Shi et al. 2016, arXiv:1609.07009).
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 3)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """(B, inputs, H, W) to (B, outputs, 2 H, 2 W), not normalised."""
        return super().forward(functional.interpolate(features, scale_factor=2.0))

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        return 2 * height, 2 * width

    def input_rows(self, start: int, stop: int) -> tuple[int, int]:
        """Of even numbers only."""
        return start // 2 - 1, stop // 2 + 1

    def on_rows(
        self, rows: torch.Tensor, above: int, below: int, affine: Affine | None = None
    ) -> torch.Tensor:
        # What is mirrored after upsampling is the edge itself before it.
        padded = functional.pad(rows, [1, 1, above, below], mode="replicate")
        weight, bias = self._folded(affine)
        spread = functional.pad(weight.flip(2, 3), [1, 1, 1, 1])
        kernel = functional.avg_pool2d(spread, 2, 1, divisor_override=1)  # (out, in, 4, 4)
        return functional.conv_transpose2d(padded, kernel.transpose(0, 1), bias, 2, padding=3)
