"""Brushes and the stamps that they leave."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil, log2
from typing import Final

import numpy as np
from numpy.typing import NDArray

Stamp = NDArray[np.float32]

# A dab's middle is rounded to a quarter of a pixel; of a large one nobody sees even a whole pixel.
_SUBPIXELS: Final = 4
_LARGE_PX: Final = 64.0
_STEPS_PER_OCTAVE: Final = 48
_STAMP_BYTES: Final = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Brush:
    """How a tool paints.

    Args:
        size_px: diameter, 1 to 1000.
        hardness: 0 fades from the middle, 1 is full up to its edge.
        opacity: 0 to 1; what a whole stroke covers at most, however often it crosses itself.
        flow: 0.01 to 1; how much of what is still missing to that each dab adds.
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
            ("flow", self.flow, 0.01, 1),
            ("spacing", self.spacing, 0.01, 2),
        ):
            if not least <= value <= most:
                raise ValueError(f"a brush's {name} is {least} to {most}, not {value}")

    def diameter_px(self, pressure: float) -> float:
        """The size of a dab at a pressure of 0 to 1, at least 1 px."""
        return max(1.0, self.size_px * (pressure if self.pressure_size else 1))

    def most(self, pressure: float) -> float:
        """What a dab at a pressure of 0 to 1 covers at most, 0 to 1."""
        return self.opacity * (pressure if self.pressure_opacity else 1)

    def distance_px(self, pressure: float) -> float:
        """From a dab at a pressure of 0 to 1 to the next one, at least half a pixel."""
        return max(0.5, self.diameter_px(pressure) * self.spacing)


class Stamps:
    """The covers of brushes' dabs; those used last are kept, within 32 MiB."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[float, int, float, float], Stamp] = OrderedDict()
        self._bytes = 0

    def stamp(
        self, diameter_px: float, hardness: float, x: float, y: float
    ) -> tuple[Stamp, int, int]:
        """The cover of a dab whose middle lies at `x`, `y` (0.5, 0.5 is the middle of the first
        pixel): (n, n), 0 to 1, read-only, and the column and row of its left upper pixel."""
        fineness = 1 if diameter_px > _LARGE_PX else _SUBPIXELS
        x, y = round((x - 0.5) * fineness) / fineness, round((y - 0.5) * fineness) / fineness
        column, row = int(x // 1), int(y // 1)
        size = round(log2(diameter_px) * _STEPS_PER_OCTAVE)
        key = (hardness, size, x - column, y - row)
        stamp = self._kept.get(key)
        if stamp is None:
            diameter = 2 ** (size / _STEPS_PER_OCTAVE)
            stamp = self._kept[key] = _drawn(diameter, hardness, x - column, y - row)
            self._bytes += stamp.nbytes
            while self._bytes > _STAMP_BYTES and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes
        else:
            self._kept.move_to_end(key)
        reach = stamp.shape[0] // 2
        return stamp, column - reach, row - reach


def _drawn(diameter_px: float, hardness: float, right: float, down: float) -> Stamp:
    """A dab whose middle lies `right` and `down` of its middle pixel's, each 0 to below 1."""
    radius = diameter_px / 2
    reach = ceil(radius + 1.25)  # half a pixel of its ramp, and up to three quarters of place
    # One in the middle of its pixel is four times the same quarter.
    is_even = right == down == 0
    steps = np.arange(0 if is_even else -reach, reach + 1, dtype=np.float32)
    squares = (steps - np.float32(down))[:, None] ** 2 + (steps - np.float32(right)) ** 2
    distance = np.sqrt(squares, out=squares)
    # However hard, a ramp of one pixel keeps its edge smooth.
    width = max(1.0, radius * (1 - hardness) + 0.5)
    cover: Stamp = np.clip((np.float32(radius + 0.5) - distance) / np.float32(width), 0, 1)
    # Bent fully, a ramp of one pixel would draw the dab to the middle of a pixel.
    bend = np.float32(min(1.0, width - 1))
    if bend > 0:
        cover += (cover * cover * (3 - 2 * cover) - cover) * bend
    if is_even:
        lower = np.concatenate((cover[:, :0:-1], cover), axis=1)
        cover = np.concatenate((lower[:0:-1], lower))
    cover.flags.writeable = False
    return cover
