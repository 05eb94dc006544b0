"""The way of a pen between the points that it tells of, and where the dabs lie on it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, hypot
from typing import Final

from studio.document.painting.brush import Brush

_MOST_PIECES: Final = 24


@dataclass(frozen=True, slots=True)
class StrokePoint:
    """Where the pen is, in the document's pixels (0, 0 is the corner, 0.5, 0.5 the middle of the
    first pixel), and how hard it presses, 0 to 1."""

    x: float
    y: float
    pressure: float = 1.0

    def towards(self, other: StrokePoint, share: float) -> StrokePoint:
        """The point that is `share` of the way to the other one."""
        return StrokePoint(
            self.x + (other.x - self.x) * share,
            self.y + (other.y - self.y) * share,
            self.pressure + (other.pressure - self.pressure) * share,
        )


class Path:
    """Dabs at even distances on a smooth curve through a pen's points, as they come.

    The curve goes from the middle between two points to the middle between the next two, bent
    towards the point between (quadratic Béziers, a B-spline of degree 2): it has no corners, never
    overshoots, and a point is followed half a step late. Where it goes depends on the points
    alone, not on how many come at once.
    """

    def __init__(self, brush: Brush) -> None:
        self._brush = brush
        self._last: StrokePoint | None = None
        self._end: StrokePoint | None = None
        self._until_next = 0.0

    def extend(self, point: StrokePoint) -> list[StrokePoint]:
        """Where dabs lie now that the pen came to `point`."""
        last, end = self._last, self._end
        self._last = point
        if last is None or end is None:
            self._end = point
            self._until_next = self._brush.distance_px(point.pressure)
            return [point]
        middle = last.towards(point, 0.5)
        self._end = middle
        return self._along(end, last, middle)

    def finish(self) -> list[StrokePoint]:
        """Where dabs lie on the last piece, up to the last point."""
        if self._last is None or self._end is None:
            return []
        end, self._end = self._end, self._last
        return self._along(end, end.towards(self._last, 0.5), self._last)

    def _along(self, start: StrokePoint, bend: StrokePoint, end: StrokePoint) -> list[StrokePoint]:
        length = hypot(bend.x - start.x, bend.y - start.y) + hypot(end.x - bend.x, end.y - bend.y)
        count = min(_MOST_PIECES, max(1, ceil(length / 4)))
        dabs: list[StrokePoint] = []
        at = start
        for i in range(1, count + 1):
            share = i / count
            to = start.towards(bend, share).towards(bend.towards(end, share), share)
            dabs += self._straight(at, to)
            at = to
        return dabs

    def _straight(self, start: StrokePoint, end: StrokePoint) -> list[StrokePoint]:
        length = hypot(end.x - start.x, end.y - start.y)
        dabs: list[StrokePoint] = []
        at = self._until_next
        while at <= length and length > 0:
            dab = start.towards(end, at / length)
            dabs.append(dab)
            at += self._brush.distance_px(dab.pressure)
        self._until_next = at - length
        return dabs
