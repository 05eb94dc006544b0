"""Where which colours are: the picture's means in 4 × 4 fields, in a space made for the eye."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.domain.events import Pixels

_FIELDS: Final = 4
COLOURS: Final = _FIELDS * _FIELDS * 3
# Oklab, Björn Ottosson 2020, https://bottosson.github.io/posts/oklab/
_TO_CONES: Final = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_TO_OKLAB: Final = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)
# Lightness spreads some three times as far as the two axes of colour, which the eye minds more.
_WEIGHTS: Final = np.array([0.5, 1.5, 1.5], np.float32)
_MIDDLE: Final = np.array([0.5, 0.0, 0.0], np.float32)


def colours(pictures: Pixels) -> NDArray[np.float32]:
    """(N, COLOURS) of at most length 1 each, from uint8 (N, S, S, 3) with S a multiple of 4."""
    count, side = pictures.shape[:2]
    field = side // _FIELDS
    # Means of light, not of its sRGB code: from afar a checkerboard is that grey.
    linear = _LINEAR[pictures]
    means = linear.reshape(count, _FIELDS, field, _FIELDS, field, 3).mean((2, 4))
    oklab = np.cbrt(means @ _TO_CONES.T) @ _TO_OKLAB.T
    rows = ((oklab - _MIDDLE) * _WEIGHTS).reshape(count, COLOURS)
    longest = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1.0)
    return np.asarray(rows / longest, np.float32)


def _linear(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """sRGB's transfer curve, IEC 61966-2-1."""
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


_LINEAR: Final = _linear(np.arange(256) / 255)
