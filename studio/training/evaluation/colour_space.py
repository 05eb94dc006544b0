"""OKLab: a colour space in which distances are about as large as they look (Ottosson 2020)."""

from __future__ import annotations

import numpy as np

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    dtype=np.float32,
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    dtype=np.float32,
)


def to_oklab(rgb: np.ndarray) -> np.ndarray:
    """sRGB (..., 3) in 0..255 as OKLab (..., 3) float32: lightness 0..1, green-red, blue-yellow."""
    encoded = np.asarray(rgb, dtype=np.float32) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    lab: np.ndarray = np.cbrt(linear @ _TO_CONES.T) @ _TO_LAB.T
    return lab


def distance(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How far two OKLab colours (..., 3) lie apart; 0.02 is just visible, black to white is 1."""
    apart: np.ndarray = np.linalg.norm(one - other, axis=-1)
    return apart
