"""From coarse to fine: how many iterations at which size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# A factor of √2 between two sizes, as Crowson's; half the smallest is too few features to begin.
_FACTOR: Final = math.sqrt(2)
_COARSEST_PX: Final = 128
_LEAST_PX: Final = 32
# The first size has all to do: it gets as many iterations as two others.
_FIRST_SHARE: Final = 2


@dataclass(frozen=True, slots=True)
class Stage:
    """A size of the picture, and the iteration (from 0) with which it begins."""

    height: int
    width: int
    first: int


def schedule(height: int, width: int, iterations: int) -> Sequence[Stage]:
    """The stages of a picture's optimisation; the last has its own size and at least one iteration.

    Those before are smaller by √2 each, down to a longer side of 128 px, unless the shorter one got
    below 32 px. Stages without any iteration are left out.
    """
    longer, shorter = max(height, width), min(height, width)
    most = min(longer / _COARSEST_PX, shorter / _LEAST_PX)
    count = 1 + max(0, math.floor(math.log(most, _FACTOR) + 1e-9)) if most > 1 else 1
    units = count - 1 + _FIRST_SHARE
    stages: list[Stage] = []
    for number in range(count):
        factor = _FACTOR ** (count - 1 - number)
        units_before = number - 1 + _FIRST_SHARE if number else 0
        first = iterations * units_before // units
        if stages and stages[-1].first == first:
            stages.pop()
        stages.append(Stage(round(height / factor), round(width / factor), first))
    return stages
