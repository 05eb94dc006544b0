"""Whose colours a painted picture has: pure functions of uint8 (H, W, 3) pictures."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.domain.events import Pixels
from studio.domain.stylize import StyleColours

# Luma of Rec. 601, as JPEG's YCbCr has it.
_LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)
_ROWS: Final = 64


def coloured(painted: Pixels, content: Pixels, colours: StyleColours) -> Pixels:
    """`painted` with the colours asked for; `content` is as large."""
    match colours:
        case StyleColours.STYLE:
            return painted
        case StyleColours.LUMINANCE:
            return with_colours_of(painted, content)
        case StyleColours.HISTOGRAM:
            return with_histogram_of(painted, content)


def with_colours_of(painted: Pixels, content: Pixels) -> Pixels:
    """The luma of `painted` under the chroma of `content`.

    A bright or dark pixel can't be as colourful as a middling one. Where the content's chroma
    doesn't fit the new luma, it is as much of it as fits, of the same hue.
    """
    result = np.empty_like(painted)
    for start in range(0, len(painted), _ROWS):  # a large picture in float32 would fill the memory
        rows = slice(start, start + _ROWS)
        luma = painted[rows] @ _LUMA
        colour = content[rows].astype(np.float32)
        chroma = colour - (colour @ _LUMA)[..., None]
        room = np.minimum(_share(255 - luma, chroma.max(axis=2)), _share(luma, -chroma.min(axis=2)))
        result[rows] = np.rint(luma[..., None] + chroma * room[..., None]).clip(0, 255)
    return result


def with_histogram_of(painted: Pixels, content: Pixels) -> Pixels:
    """`painted` with each channel's values moved, in their order, to where `content` has as many
    values below: the cumulative histograms match as nearly as 256 steps allow."""
    result = np.empty_like(painted)
    for channel in range(3):
        table = _matching(painted[..., channel], content[..., channel])
        result[..., channel] = table[painted[..., channel]]
    return result


def _matching(source: NDArray[np.uint8], target: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """For each value of `source` the first of `target` with at least as many values up to it."""
    up_to = [np.cumsum(np.bincount(part.ravel(), minlength=256)) for part in (source, target)]
    # Compared as whole numbers, so that equal shares are equal.
    shares = up_to[0] * target.size, up_to[1] * source.size
    return np.searchsorted(shares[1], shares[0]).clip(0, 255).astype(np.uint8)


def _share(room: NDArray[np.float32], wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of what is wanted there is room for, at most 1."""
    return np.where(wanted > room, room / np.maximum(wanted, 1e-6), np.float32(1))
