"""Brushes and the stamps that they leave."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SUBPIXELS = 4
Stamp = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Brush:
    """How a tool paints.

    Args:
        size_px: diameter, 1 to 1000.
        hardness: 0 fades from the middle, 1 is full up to its edge.
        opacity: 0 to 1; what a whole stroke covers at most, however often it crosses itself.
        flow: above 0 to 1; how much of that each dab adds.
        spacing: from one dab to the next, as a share of the size, 0.01 to 2.
        pressure_size, pressure_opacity: whether the pen's pressure makes it smaller or fainter.
    """

    size_px: float = 30.0
    hardness: float = 0.8
    opacity: float = 1.0
    flow: float = 1.0
    spacing: float = 0.1
    pressure_size: bool = False
    pressure_opacity: bool = False

    def __post_init__(self) -> None:
        for name, value, least, most in (
            ("size", self.size_px, 1, 1000),
            ("hardness", self.hardness, 0, 1),
            ("opacity", self.opacity, 0, 1),
            ("flow", self.flow, 0.001, 1),
            ("spacing", self.spacing, 0.01, 2),
        ):
            if not least <= value <= most:
                raise ValueError(f"a brush's {name} is {least} to {most}, not {value}")


@lru_cache(maxsize=256)
def stamp(diameter_px: float, hardness: float, across: int, down: int) -> Stamp:
    """The cover of one dab, (n, n) float32, 0 to 1, read-only; n is odd.

    Its middle lies `across` and `down` subpixels right of and below the middle pixel's middle.
    """
    radius = diameter_px / 2
    reach = int(np.ceil(radius + 0.5))
    steps = np.arange(-reach, reach + 1, dtype=np.float32)
    x, y = steps - np.float32(across / SUBPIXELS), steps - np.float32(down / SUBPIXELS)
    distance = np.sqrt(x * x + (y * y)[:, None])
    # One pixel of ramp keeps the edge of a hard brush smooth.
    soft = max(1.0, radius * (1 - hardness) + 0.5)
    ramp = np.clip((np.float32(radius + 0.5) - distance) / np.float32(soft), 0, 1)
    if hardness < 1:
        ramp = ramp * ramp * (3 - 2 * ramp)
    ramp = np.ascontiguousarray(ramp, np.float32)
    ramp.flags.writeable = False
    return ramp
