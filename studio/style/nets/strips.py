"""Feature maps read in strips of rows, so that a large picture needs little memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from studio.domain.events import Pixels
from studio.style.nets.layers import Affine, ConvLayer

Rows = torch.Tensor
"""(1, C, rows, W), channels last."""
STRIP_NUMBERS: Final = 1 << 19
_FEWEST_ROWS: Final = 8
_SMALLEST_PX: Final = 16


class Source(Protocol):
    """A feature map of a known size.

    `row_size` is how many numbers it takes to make one row, at the widest point on the way.
    """

    height: int
    width: int
    row_size: int

    def rows(self, start: int, stop: int) -> Rows:
        """Rows that exist: 0 <= start < stop <= height. Never changed by who asked for them."""
        ...


class Picture:
    """A picture as (1, 3, H, W) in [0, 1]: its sides rounded up to multiples of `multiple`,
    mirrored."""

    def __init__(self, pixels: Pixels, multiple: int, device: torch.device) -> None:
        height, width = (
            -(-max(side, _SMALLEST_PX) // multiple) * multiple for side in pixels.shape[:2]
        )
        self.height, self.width = height, width
        self.row_size = 3 * width
        self._pixels = pixels
        self._row_index = mirrored(np.arange(height), pixels.shape[0])
        self._column_index = mirrored(np.arange(width), pixels.shape[1])
        self._device = device

    def rows(self, start: int, stop: int) -> Rows:
        pixels = self._pixels[self._row_index[start:stop]]
        if self.width != pixels.shape[1]:
            pixels = pixels[:, self._column_index]
        on_device = torch.from_numpy(pixels).to(self._device)
        return on_device.permute(2, 0, 1)[None].float().div_(255)


class Stored:
    """A feature map in memory, and what is done to it whenever it is read."""

    def __init__(self, features: torch.Tensor, affine: Affine | None = None) -> None:
        self.features = features  # (1, C, H, W), channels last
        _, channels, self.height, self.width = features.shape
        self.row_size = channels * self.width
        self._affine = affine

    def rows(self, start: int, stop: int) -> Rows:
        """Normalised and rectified if an `affine` was given."""
        inside = self.features[:, :, start:stop]
        return inside if self._affine is None else self._affine(inside).relu_()


class Convolved:
    """What a layer makes of a source, computed whenever it is read.

    Args:
        layer: the convolution.
        source: what it reads.
        affine: normalisation after the convolution.
        rectified: ReLU after that.
    """

    def __init__(
        self,
        layer: ConvLayer,
        source: Source,
        affine: Affine | None = None,
        *,
        rectified: bool = False,
    ) -> None:
        self.layer = layer
        self.height, self.width = layer.output_size(source.height, source.width)
        rows_below = source.height * source.row_size // self.height
        self.row_size = max(layer.outputs * self.width, rows_below)
        self._source = source
        self._affine = affine
        self._rectified = rectified

    def rows(self, start: int, stop: int) -> Rows:
        first, last = self.layer.input_rows(start, stop)
        above, below = max(0, -first), max(0, last - self._source.height)
        rows = self._source.rows(first + above, last - below)
        output = self.layer.on_rows(rows, above, below, self._affine)
        return output.relu_() if self._rectified else output


def strips(source: Source, fewest: int = 1) -> Iterator[tuple[int, int]]:
    """The rows of a feature map, so many at a time that each strip stays in the fast memory.

    There are at least `fewest` strips, unless they would become too narrow.
    """
    rows = min(STRIP_NUMBERS // source.row_size, -(-source.height // fewest))
    rows = max(_FEWEST_ROWS, -(-rows // 4) * 4)
    for start in range(0, source.height, rows):
        yield start, min(start + rows, source.height)


def mirrored(index: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Where each index of a row that goes on as its own mirror image lies in the row itself."""
    period = max(1, 2 * (length - 1))
    folded = np.abs(index) % period
    return np.minimum(folded, period - folded) if length > 1 else folded


@dataclass(frozen=True, slots=True)
class Sums:
    """Of some pixels: each channel's values and their squares, (2, C)."""

    pixels: int
    sums: torch.Tensor


def sums_of(rows: Rows) -> Sums:
    values = rows.permute(0, 2, 3, 1).flatten(0, 2)  # (pixels, C)
    return Sums(len(values), torch.stack([values.sum(0), values.square().sum(0)]))


class Moments:
    """Mean and variance of each channel, gathered strip by strip, in the order of the strips."""

    def __init__(self, channels: int, device: torch.device) -> None:
        self._pixels = 0
        self._sums = torch.zeros(2, channels, dtype=torch.float64, device=device)

    def add(self, sums: Sums) -> None:
        self._pixels += sums.pixels
        self._sums += sums.sums

    def affine(self, style: tuple[torch.Tensor, torch.Tensor]) -> Affine:
        """Normalisation to the style's (gamma, beta)."""
        mean, square = self._sums / self._pixels
        variance = (square - mean.square()).clamp_min(0)
        moments = (mean.float(), variance.float())
        return Affine.normalising(*(values.view(-1, 1, 1) for values in (*moments, *style)))
