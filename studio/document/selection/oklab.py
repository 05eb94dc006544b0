"""Colours as far apart as they look."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.domain.events import Pixels

Colours = NDArray[np.float32]

# Björn Ottosson 2020, “A perceptual color space for image processing”, from linear sRGB.
_TO_CONES: Final = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_TO_LAB: Final = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)
_GREYS: Final = np.arange(256) / 255
_LINEAR: Final = np.where(
    _GREYS <= 0.04045, _GREYS / 12.92, ((_GREYS + 0.055) / 1.055) ** 2.4
).astype(np.float32)


def oklab(pixels: Pixels) -> Colours:
    """Lightness (0 to 1), green to red and blue to yellow (about -0.3 to 0.3) of sRGB (..., 3), as
    three planes (3, ...).

    A distance of about 0.02 in it can just be seen.
    """
    linear = np.take(_LINEAR, np.moveaxis(pixels, -1, 0))
    planes: Colours = _TO_LAB @ np.cbrt(_TO_CONES @ linear.reshape(3, -1))
    return planes.reshape(linear.shape)


def oklab_alpha(pixels: Pixels) -> Colours:
    """(4, ...): the OKLab of sRGB with or without alpha, times its alpha (0 to 1), and that alpha.

    So all that is fully transparent is alike, whatever colour it hides.
    """
    planes = np.empty((4, *pixels.shape[:-1]), np.float32)
    planes[:3] = oklab(pixels[..., :3])
    if pixels.shape[-1] == 3:
        planes[3] = 1
    else:
        np.divide(pixels[..., 3], np.float32(255), out=planes[3])
        planes[:3] *= planes[3]
    return planes
