"""The commonest pictures, brought to the screen in whole numbers: four channels as one word.

Two channels are computed at once, each in 16 of a word's 32 bits. All results are those of the
float arithmetic, rounded.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.domain.events import Pixels

Words = NDArray[np.uint32]

_EVEN: Final = np.uint32(0x00FF00FF)
_ODD: Final = np.uint32(0xFF00FF00)
_HALF: Final = np.uint32(0x00800080)
_OPAQUE: Final = np.uint32(0x00FF0000)


def shown(pixels: Pixels) -> Pixels:
    """Straight RGBA (h, w, 4) as premultiplied BGRA."""
    red_blue, green, alpha = _parts(pixels)
    red_blue *= alpha
    green *= alpha
    return _joined(red_blue, green)


def shown_over(pixels: Pixels, below: Pixels) -> Pixels:
    """Straight RGBA over an opaque picture, both (h, w, 4), as BGRA."""
    red_blue, green, alpha = _parts(pixels)
    red_blue_below, green_below, _ = _parts(below)
    red_blue *= alpha
    green *= alpha
    rest = np.uint32(255) - alpha
    red_blue_below *= rest
    green_below *= rest
    red_blue += red_blue_below
    green += green_below
    return _joined(red_blue, green)


def _parts(pixels: Pixels) -> tuple[Words, Words, Words]:
    """Red with blue, green with an opaque alpha, and alpha alone, (h, w) each."""
    words: Words = np.ascontiguousarray(pixels).view("<u4")[..., 0]
    green: Words = words >> np.uint32(8)
    green &= np.uint32(0xFF)
    green |= _OPAQUE
    alpha: Words = words >> np.uint32(24)
    return words & _EVEN, green, alpha


def _joined(red_blue: Words, green: Words) -> Pixels:
    """BGRA of the products with alpha."""
    words = _divided(green)
    words &= _ODD
    red_blue = _divided(red_blue)
    red_blue >>= 8
    red_blue &= _EVEN
    words |= red_blue << 16
    red_blue >>= 16
    words |= red_blue
    pixels: Pixels = words[..., None].astype("<u4", copy=False).view(np.uint8)
    return pixels


def _divided(products: Words) -> Words:
    """Each half divided by 255 and rounded; the result lies in its upper byte. In place.

    Source: Blinn 1995, “Three wrongs make a right”.
    """
    products += _HALF
    more = products >> 8
    more &= _EVEN
    products += more
    return products
