"""A laid-out family tree, asked what of it lies where. Pure arithmetic, no Qt."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from studio.library import Picture
from studio.library.lineage.lineage import Edge, Lineage, in_order
from studio.library.lineage.lineage_words import LENDERS
from studio.ui.lineage.layout import COLUMN_PX, NODE_PX, ROW_GAP_PX, Layout, Link, Point, laid_out

_NEAR_PX: Final = 7.0
_CURVE_STEPS: Final = 12
_EVEN: Final = (0.5, 0.5)
# Labels stand where a curve is level: beside a child or, where several meet, beside the parent.
_EARLY: Final = (0.45, 0.05)
_LATE: Final = (0.95, 0.55)
_LABEL_GAP_PX: Final = 8.0


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of an edge, a curve that leaves `start` and reaches `end` level.

    `handles` are how far from start to end its two handles reach, 0 to 1. `label` is where the
    right end of the edge's label stands, None but for the stretch that reaches the child.
    """

    link: Link
    start: Point
    end: Point
    handles: tuple[float, float]
    label: Point | None


class Tree:
    """A lineage and where its pictures stand. Made on any thread; never changed."""

    def __init__(self, lineage: Lineage) -> None:
        self.lineage = lineage
        self.layout: Layout = laid_out(
            in_order(sorted(lineage.pictures), lineage.edges),
            [(edge.parent, edge.child) for edge in lineage.edges],
        )
        self._digests = _digests(lineage)
        self.edges: dict[Link, tuple[Edge, ...]] = {}
        for edge in lineage.edges:
            link = edge.parent, edge.child
            self.edges[link] = (*self.edges.get(link, ()), edge)
        self._tops = [
            [self.layout.places[each][1] for each in column] for column in self.layout.columns
        ]
        self._parents = Counter(child for _, child in self.edges)
        self._children = Counter(parent for parent, _ in self.edges)
        self._gaps: dict[int, list[Segment]] = {}
        self._far: list[Segment] = []
        for link, route in self.layout.routes.items():
            self._sort_in(link, route)

    def begot(self, picture: Picture) -> bool:
        """Whether a picture took something from one of these."""
        return any(parent.digest in self._digests for parent in picture.record.parents)

    def is_lent(self, link: Link) -> bool:
        """Whether the child only looked at the parent."""
        return all(edge.role in LENDERS for edge in self.edges[link])

    def _sort_in(self, link: Link, route: tuple[Point, ...]) -> None:
        for start, end in pairwise(route):
            handles, label = _EVEN, None
            if end is route[-1]:
                handles, _ = self._turn(link, start, end)
                label = self.label_of(link)
            segment = Segment(link, start, end, handles, label)
            if end[0] - start[0] > COLUMN_PX:
                self._far.append(segment)
            else:
                self._gaps.setdefault(int(start[0] // COLUMN_PX), []).append(segment)

    def _turn(self, link: Link, start: Point, end: Point) -> tuple[tuple[float, float], float]:
        """How an edge reaches its child, and how high its label stands."""
        if self._parents[link[1]] == 1:
            return _EARLY, end[1]
        if self._children[link[0]] == 1:
            return _LATE, start[1]
        return _EVEN, (start[1] + end[1]) / 2

    def nodes_in(self, left: float, top: float, right: float, bottom: float) -> Iterator[int]:
        """The pictures of which something lies in a rectangle."""
        first = max(0, math.floor((left - NODE_PX) / COLUMN_PX))
        last = min(len(self._tops) - 1, math.floor(right / COLUMN_PX))
        for column in range(first, last + 1):
            tops = self._tops[column]
            start, end = bisect_left(tops, top - NODE_PX - ROW_GAP_PX), bisect_right(tops, bottom)
            yield from self.layout.columns[column][start:end]

    def segments_in(
        self, left: float, top: float, right: float, bottom: float
    ) -> Iterator[Segment]:
        """The stretches of edges that may be seen in a rectangle."""
        for gap in range(math.floor(left / COLUMN_PX) - 1, math.floor(right / COLUMN_PX) + 1):
            for segment in self._gaps.get(gap, ()):
                if (segment.start[1] >= top or segment.end[1] >= top) and (
                    segment.start[1] <= bottom or segment.end[1] <= bottom
                ):
                    yield segment
        for segment in self._far:
            (x0, y0), (x1, y1) = segment.start, segment.end
            if x0 <= right and x1 >= left and min(y0, y1) <= bottom and max(y0, y1) >= top:
                yield segment

    def node_at(self, x: float, y: float) -> int | None:
        """The picture at a point."""
        for each in self.nodes_in(x, y, x, y):
            left, top = self.layout.places[each]
            if left <= x <= left + NODE_PX and top <= y <= top + NODE_PX:
                return each
        return None

    def link_at(self, x: float, y: float, near: float = _NEAR_PX) -> Link | None:
        """The edge that passes nearest to a point, if it is near."""
        found: tuple[float, Link] | None = None
        for segment in self.segments_in(x - near, y - near, x + near, y + near):
            distance = _distance(segment, x, y)
            if distance <= near and (found is None or distance < found[0]):
                found = distance, segment.link
        return None if found is None else found[1]

    def label_of(self, link: Link) -> Point | None:
        """Where the right end of an edge's label stands."""
        route = self.layout.routes.get(link)
        if route is None:
            return None
        _, height = self._turn(link, *route[-2:])
        return route[-1][0] - _LABEL_GAP_PX, height

    # From picture to picture

    def towards(self, picture_id: int, dx: int, dy: int) -> int | None:
        """The picture that an arrow key leads to: left to a parent, right to a child, up and down
        to the one above or below."""
        if dx:
            edges = self.lineage.into if dx < 0 else self.lineage.out_of
            ends = [edge.parent if dx < 0 else edge.child for edge in edges.get(picture_id, ())]
            height = self.layout.places[picture_id][1]
            return min(ends, key=lambda end: abs(self.layout.places[end][1] - height), default=None)
        column = self.layout.columns[round(self.layout.places[picture_id][0] / COLUMN_PX)]
        place = column.index(picture_id) + dy
        return column[place] if 0 <= place < len(column) else None


def _digests(lineage: Lineage) -> frozenset[str]:
    """By what others name these pictures as parents."""
    pictures = lineage.pictures.values()
    requests = (picture.request for picture in pictures)
    return frozenset(
        (
            *(picture.pixel_digest for picture in pictures),
            *(request.digest for request in requests if request is not None),
        )
    )


def _distance(segment: Segment, x: float, y: float) -> float:
    """From a point to the curve, as lines between some of its points."""
    (x0, y0), (x1, y1) = segment.start, segment.end
    points = []
    for step in range(_CURVE_STEPS + 1):
        t = step / _CURVE_STEPS
        eased = t * t * (3 - 2 * t)
        first, second = segment.handles
        across = 3 * t * (1 - t) ** 2 * first + 3 * t * t * (1 - t) * second + t**3
        points.append((x0 + (x1 - x0) * across, y0 + (y1 - y0) * eased))
    return min(_to_line(one, other, x, y) for one, other in pairwise(points))


def _to_line(one: Point, other: Point, x: float, y: float) -> float:
    (x0, y0), (x1, y1) = one, other
    length = (x1 - x0) ** 2 + (y1 - y0) ** 2
    share = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length if length else 0.0
    share = min(1.0, max(0.0, share))
    return math.hypot(x - x0 - share * (x1 - x0), y - y0 - share * (y1 - y0))
