"""What a tool selects, only as large as it is, and how it joins what was selected before."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import numpy as np

from studio.document.area import Area
from studio.document.masks import Mask
from studio.domain.geometry import Box


class Coverage(NamedTuple):
    """How much of each pixel in `box` is selected: `mask` (box.height, box.width), 0 to 255.

    Nothing is selected outside of the box.
    """

    box: Box
    mask: Mask

    def over(self, box: Box) -> Mask:
        """The mask of another box of the same picture, (box.height, box.width)."""
        mask = np.zeros((box.height, box.width), np.uint8)
        common = Area.of(box).common(self.box)
        if not common.is_empty:
            source = self.mask[common.moved(-self.box.x, -self.box.y).slices]
            mask[common.moved(-box.x, -box.y).slices] = source
        return mask


class Combine(StrEnum):
    """How a new selection joins the one before."""

    REPLACE = "replace"
    ADD = "add"
    SUBTRACT = "subtract"
    INTERSECT = "intersect"


def combined(before: Mask, drawn: Mask, mode: Combine) -> Mask:
    """The new mask of the same shape.

    Greys join as fuzzy sets do: the larger one, the smaller one. So the same shape drawn twice is
    the same as drawn once, and subtracting is intersecting with what wasn't drawn.
    """
    match mode:
        case Combine.REPLACE:
            return drawn
        case Combine.ADD:
            return np.maximum(before, drawn)
        case Combine.SUBTRACT:
            return np.minimum(before, 255 - drawn)
        case Combine.INTERSECT:
            return np.minimum(before, drawn)


def changed_box(before: Box | None, drawn: Box | None, mode: Combine) -> Box | None:
    """The only box in which `combined` changes anything; None if it changes nothing.

    `before` is the box around what was selected, `drawn` that around what joins it.
    """
    match mode:
        case Combine.ADD:
            return drawn
        case Combine.SUBTRACT:
            return drawn if before else None
        case Combine.INTERSECT:
            return before
        case Combine.REPLACE:
            return _around(before, drawn) if before and drawn else before or drawn


def _around(one: Box, other: Box) -> Box:
    both = Area.of(one).around(other)
    return Box(both.x, both.y, both.width, both.height)
