from __future__ import annotations

from itertools import pairwise
from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document import Brush, StrokePoint
from studio.document.painting.path import Path
from tests.support.documents import few

coordinates = st.floats(-500, 500)
points = st.lists(
    st.builds(StrokePoint, coordinates, coordinates, st.floats(0, 1)), min_size=1, max_size=12
)


def dabs(brush: Brush, way: list[StrokePoint]) -> list[StrokePoint]:
    path = Path(brush)
    return [dab for point in way for dab in path.extend(point)] + path.finish()


def apart(one: StrokePoint, other: StrokePoint) -> float:
    return hypot(one.x - other.x, one.y - other.y)


@few
@given(points, st.floats(1, 100), st.floats(0.05, 1))
def test_no_gap_is_longer_than_the_spacing(
    way: list[StrokePoint], size: float, spacing: float
) -> None:
    brush = Brush(size, spacing=spacing)
    found = dabs(brush, way)
    assert found[0] == way[0]
    for one, other in pairwise(found):
        assert apart(one, other) <= brush.distance_px(1) + 1e-6
    assert apart(found[-1], way[-1]) <= brush.distance_px(1) + 1e-6


@few
@given(points)
def test_dabs_lie_within_the_points(way: list[StrokePoint]) -> None:
    for dab in dabs(Brush(10), way):
        for value, values in (
            (dab.x, [point.x for point in way]),
            (dab.y, [point.y for point in way]),
            (dab.pressure, [point.pressure for point in way]),
        ):
            assert min(values) - 1e-6 <= value <= max(values) + 1e-6


def test_a_click_is_one_dab() -> None:
    assert dabs(Brush(10), [StrokePoint(3, 4)]) == [StrokePoint(3, 4)]


def test_a_straight_way_is_evenly_dabbed() -> None:
    way = [StrokePoint(x, 7) for x in (0, 13, 50, 100)]
    found = dabs(Brush(20, spacing=0.25), way)
    assert [dab.x for dab in found] == pytest.approx([5.0 * i for i in range(21)], abs=1e-6)
    assert {dab.y for dab in found} == {7}


def test_light_pressure_sets_smaller_dabs_nearer() -> None:
    brush = Brush(40, spacing=0.5, pressure_size=True)
    light = dabs(brush, [StrokePoint(0, 0, 0.25), StrokePoint(100, 0, 0.25)])
    full = dabs(brush, [StrokePoint(0, 0), StrokePoint(100, 0)])
    assert len(light) == pytest.approx(4 * len(full), abs=4)


def test_corners_are_rounded() -> None:
    way = [StrokePoint(0, 0), StrokePoint(100, 0), StrokePoint(100, 100)]
    turns = []
    found = dabs(Brush(20, spacing=0.2), way)
    for a, b, c in zip(found, found[1:], found[2:], strict=False):
        length = apart(a, b) * apart(b, c)
        turns.append(((b.x - a.x) * (c.x - b.x) + (b.y - a.y) * (c.y - b.y)) / length)
    assert min(turns) > 0.9
