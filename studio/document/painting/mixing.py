"""What becomes of pixels when something covers them partly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.domain.events import Pixels

Cover = NDArray[np.float32]  # (h, w), 0 to 1
Colour = tuple[int, int, int]  # red, green, blue, 0 to 255


def painted(before: Pixels, cover: Cover, colour: Colour) -> Pixels:
    """`colour` over straight RGBA `before` (h, w, 4), as far as `cover` says.

    Where it is 0, the bytes stay. Source: Porter & Duff 1984, “over”.
    """
    if not before.any():
        return _on_nothing(cover, colour)
    result = np.empty_like(before)
    if (before[..., 3] == 255).all():
        share: Cover = cover
        result[..., 3] = 255
    else:
        alpha = before[..., 3].astype(np.float32)
        above = cover * np.float32(255)
        alpha *= 1 - cover
        alpha += above
        result[..., 3] = _rounded(alpha)
        share = np.divide(above, np.maximum(alpha, np.float32(1e-30)), dtype=np.float32)
    for channel, value in enumerate(colour):
        below = before[..., channel].astype(np.float32)
        result[..., channel] = _rounded(below + (np.float32(value) - below) * share)
    return result


def _on_nothing(cover: Cover, colour: Colour) -> Pixels:
    """`colour` as far as `cover` says where there was nothing at all."""
    red, green, blue = colour
    alpha = (cover * np.float32(255) + np.float32(0.5)).astype("<u4")
    words = (alpha << 24) | np.uint32(red | green << 8 | blue << 16)
    words *= cover > 0
    pixels: Pixels = words[..., None].view(np.uint8)
    return pixels


def erased(before: Pixels, cover: Cover) -> Pixels:
    """Straight RGBA `before` (h, w, 4) more transparent, as far as `cover` says."""
    result = before.copy()
    result[..., 3] = _rounded(before[..., 3] * (1 - cover))
    return result


def masked(before: Pixels, cover: Cover, value: int) -> Pixels:
    """A mask `before` (h, w) nearer to `value`, 0 to 255, as far as `cover` says."""
    below = before.astype(np.float32)
    return _rounded(below + (np.float32(value) - below) * cover)


def luminance(colour: Colour) -> int:
    """How light a colour is (ITU-R 601-2), 0 to 255."""
    red, green, blue = colour
    return (299 * red + 587 * green + 114 * blue + 500) // 1000


def _rounded(values: NDArray[np.float32]) -> Pixels:
    return (values + np.float32(0.5)).astype(np.uint8)
