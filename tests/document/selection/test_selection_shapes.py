from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from studio.document.masks import Mask
from studio.document.selection import shapes
from studio.document.selection.coverage import Coverage
from studio.domain.geometry import Box, Size

PICTURE = Size(40, 30)
WHOLE = Box.whole(PICTURE)

coordinates = st.floats(-20, 60, allow_nan=False).map(lambda value: round(value, 3))
inside_x = st.floats(0, 40).map(lambda value: round(value, 3))
inside_y = st.floats(0, 30).map(lambda value: round(value, 3))
points = st.tuples(coordinates, coordinates)


def over_picture(coverage: Coverage | None) -> Mask:
    return np.zeros((30, 40), np.uint8) if coverage is None else coverage.over(WHOLE)


def assert_alike(one: Mask, other: Mask) -> None:
    assert np.abs(one.astype(int) - other).max() <= 1


def shoelace(corners: list[shapes.Point]) -> float:
    following = [*corners[1:], corners[0]]
    pairs = zip(corners, following, strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2


@given(st.tuples(inside_x, inside_y), st.tuples(inside_x, inside_y), st.tuples(inside_x, inside_y))
def test_a_triangle_covers_its_area(a: shapes.Point, b: shapes.Point, c: shapes.Point) -> None:
    coverage = shapes.polygon([a, b, c], PICTURE)
    rounding = 0.5 / 255 * (coverage.mask.size if coverage else 1)
    assert over_picture(coverage).sum() / 255 == pytest.approx(shoelace([a, b, c]), abs=rounding)


@given(points, points)
def test_a_rectangle_is_a_polygon_of_four_corners(a: shapes.Point, b: shapes.Point) -> None:
    (left, top), (right, bottom) = a, b
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    assert_alike(
        over_picture(shapes.rectangle(a, b, PICTURE)),
        over_picture(shapes.polygon(corners, PICTURE)),
    )


@given(st.lists(points, min_size=3, max_size=7))
def test_a_polygon_does_not_depend_on_where_and_which_way_it_begins(
    corners: list[shapes.Point],
) -> None:
    turned = [*corners[2:], *corners[:2]]
    expected = over_picture(shapes.polygon(corners, PICTURE))
    assert_alike(over_picture(shapes.polygon(turned, PICTURE)), expected)
    assert_alike(over_picture(shapes.polygon(corners[::-1], PICTURE)), expected)


@given(
    st.lists(points, min_size=3, max_size=7),
    st.integers(0, 50),
    st.integers(0, 50),
)
def test_moving_a_polygon_by_whole_pixels_moves_its_mask(
    corners: list[shapes.Point], right: int, down: int
) -> None:
    """In a picture so large that nothing is cut off."""
    here = [(x + 20, y + 20) for x, y in corners]
    there = [(x + right, y + down) for x, y in here]
    one = shapes.polygon(here, Size(200, 200))
    other = shapes.polygon(there, Size(200, 200))
    assume(one is not None and other is not None)
    assert one is not None and other is not None
    assert_alike(one.over(Box(0, 0, 100, 100)), other.over(Box(right, down, 100, 100)))


@given(st.lists(points, min_size=3, max_size=7))
def test_what_leaves_the_picture_is_cut_off(corners: list[shapes.Point]) -> None:
    moved = [(x + 20, y + 20) for x, y in corners]
    large = shapes.polygon(moved, Size(80, 80))
    expected = np.zeros((30, 40), np.uint8) if large is None else large.over(Box(20, 20, 40, 30))
    assert_alike(over_picture(shapes.polygon(corners, PICTURE)), expected)


@given(inside_x, inside_y, st.floats(0.5, 20), st.floats(0.5, 20))
def test_an_ellipse_covers_its_area(x: float, y: float, wide: float, high: float) -> None:
    picture = Size(90, 80)
    corner, opposite = (x, y), (x + 2 * wide, y + 2 * high)
    coverage = shapes.ellipse(corner, opposite, picture)
    assert coverage is not None
    area = coverage.mask.sum() / 255
    assert area == pytest.approx(math.pi * wide * high, rel=0.01, abs=0.1)


def test_a_shape_in_whole_pixels_has_no_grey() -> None:
    square = shapes.polygon([(3, 4), (13, 4), (13, 9), (3, 9)], PICTURE)
    assert square is not None
    assert square.box == Box(3, 4, 10, 5)
    assert (square.mask == 255).all()
    rectangle = shapes.rectangle((13, 9), (3, 4), PICTURE)
    assert rectangle is not None
    assert rectangle.box == square.box
    assert np.array_equal(rectangle.mask, square.mask)


def test_pixels_are_as_grey_as_they_are_covered() -> None:
    coverage = shapes.rectangle((1.5, 1.5), (4.5, 3.25), PICTURE)
    assert coverage is not None
    assert coverage.box == Box(1, 1, 4, 3)
    assert coverage.mask.tolist() == [
        [64, 128, 128, 64],
        [128, 255, 255, 128],
        [32, 64, 64, 32],
    ]


def test_a_lasso_that_crosses_itself_selects_both_loops() -> None:
    eight = shapes.polygon([(0, 0), (20, 20), (20, 0), (0, 20)], PICTURE)
    assert eight is not None
    assert eight.mask[10, 1] == eight.mask[10, 18] == 255
    assert eight.mask[2, 10] == eight.mask[18, 10] == 0


@pytest.mark.parametrize(
    "corners",
    [
        [],
        [(3, 3)],
        [(3, 3), (9, 9)],
        [(3, 3), (9, 9), (3, 3)],
        [(-9, -9), (-1, -9), (-1, -1)],
        [(50, 5), (60, 5), (60, 25)],
    ],
)
def test_shapes_that_cover_nothing_are_none(corners: list[shapes.Point]) -> None:
    assert shapes.polygon(corners, PICTURE) is None


def test_flat_rectangles_and_ellipses_are_none() -> None:
    assert shapes.rectangle((3, 3), (3, 9), PICTURE) is None
    assert shapes.ellipse((3, 3), (9, 3), PICTURE) is None
    assert shapes.ellipse((50, 3), (60, 9), PICTURE) is None
