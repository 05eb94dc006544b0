"""What a segmenter found where somebody pointed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.document import masks
from studio.document.selection.coverage import Coverage
from studio.domain.geometry import Box, Size

Floats = NDArray[np.float32]

_BAND_PIXELS: Final = 1 << 20


class ObjectPart(StrEnum):
    """A shirt or who wears it: which of several things at the same place is meant."""

    BEST = "best guess"
    PART = "part"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A thing in a picture of `size`.

    `logits` (h, w) are positive where it is, of the whole picture as finely as the network saw it.
    `score`, about 0 to 1, is how much of the true thing and nothing else the network believes this
    to be (intersection over union).
    """

    size: Size
    logits: Floats = field(repr=False)
    score: float

    @property
    def share(self) -> float:
        """How much of the picture it covers, 0 to 1."""
        return float(np.count_nonzero(self.logits > 0) / self.logits.size)

    def coverage(self) -> Coverage | None:
        """Its mask, 0 or 255, as fine as the picture; None if it covers nothing. For pictures of
        many megapixels this takes its time."""
        near = self._near()
        if near is None:
            return None
        mask = np.empty((near.height, near.width), np.uint8)
        rows = _taps(self.logits.shape[0], self.size.height, near.y, near.bottom)
        columns = _taps(self.logits.shape[1], self.size.width, near.x, near.right)
        band = max(1, _BAND_PIXELS // near.width)
        for top in range(0, near.height, band):
            part = slice(top, top + band)
            lines = _mixed(self.logits, rows.part(part), axis=0)
            mask[part] = np.where(_mixed(lines, columns, axis=1) > 0, 255, 0)
        trimmed = masks.bounds(mask)
        if trimmed is None:
            return None
        return Coverage(trimmed.moved(near.x, near.y), mask[trimmed.slices])

    def rough(self) -> Coverage | None:
        """Its mask in pixels of the logits; None if it covers nothing."""
        mask = np.where(self.logits > 0, np.uint8(255), np.uint8(0))
        box = masks.bounds(mask)
        return None if box is None else Coverage(box, mask[box.slices])

    def _near(self) -> Box | None:
        """A box of the picture that it can't reach beyond."""
        rough = self.rough()
        if rough is None:
            return None
        height, width = self.logits.shape
        across, down = self.size.width / width, self.size.height / height
        return Box.between(
            max(0, int((rough.box.x - 1) * across)),
            max(0, int((rough.box.y - 1) * down)),
            min(self.size.width, int((rough.box.right + 1) * across) + 1),
            min(self.size.height, int((rough.box.bottom + 1) * down) + 1),
        )


@dataclass(frozen=True, slots=True)
class Candidates:
    """What may be meant by the same pointing, the best guess first; none if there is nothing."""

    found: tuple[Candidate, ...]

    def chosen(self, part: ObjectPart) -> Candidate | None:
        """The best guess, the smallest or the largest thing."""
        there = [one for one in self.found if one.share > 0]
        if not there:
            return None
        match part:
            case ObjectPart.BEST:
                return there[0]
            case ObjectPart.PART:
                return min(there, key=lambda one: one.share)
            case ObjectPart.WHOLE:
                return max(there, key=lambda one: one.share)


class _Taps(NamedTuple):
    """For each new pixel the two old ones that it lies between, and how much the second counts."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    weight: Floats

    def part(self, wanted: slice) -> _Taps:
        return _Taps(self.first[wanted], self.second[wanted], self.weight[wanted])


def _taps(old: int, new: int, start: int, stop: int) -> _Taps:
    """Linear interpolation of `old` values at `start` to `stop` of `new` ones, pixels as areas."""
    place = np.clip((np.arange(start, stop) + 0.5) * (old / new) - 0.5, 0, old - 1)
    first = place.astype(np.intp)
    return _Taps(first, np.minimum(first + 1, old - 1), (place - first).astype(np.float32))


def _mixed(values: Floats, taps: _Taps, axis: int) -> Floats:
    weight = taps.weight[:, None] if axis == 0 else taps.weight
    first, second = values.take(taps.first, axis), values.take(taps.second, axis)
    return first + (second - first) * weight
