from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.document.masks import Mask
from studio.document.selection.coverage import Coverage
from studio.document.selection.trace import Polyline, outlines
from studio.domain.geometry import Box

masks_of_any_size = st.tuples(st.integers(1, 14), st.integers(1, 14)).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.sampled_from([0, 127, 128, 255]))
)
places = st.integers(0, 20)


def selected(mask: Mask, x: int = 0, y: int = 0) -> Coverage:
    return Coverage(Box(x, y, mask.shape[1], mask.shape[0]), mask)


def refilled(lines: list[Polyline], box: Box) -> np.ndarray:
    """What lies within an odd number of lines, found by crossing upright lines from the left."""
    crossings = np.zeros((box.height, box.width + 1), int)
    for line in lines:
        for (x0, y0), (x1, y1) in zip(line, np.roll(line, -1, axis=0), strict=True):
            assert (x0 == x1) != (y0 == y1)  # along the sides of pixels, and never in place
            if x0 == x1:
                crossings[min(y0, y1) - box.y : max(y0, y1) - box.y, x0 - box.x] += 1
    return np.cumsum(crossings, axis=1)[:, :-1] % 2 == 1


@given(masks_of_any_size, places, places)
def test_filling_the_outline_gives_the_mask_back(mask: Mask, x: int, y: int) -> None:
    coverage = selected(mask, x, y)
    assert np.array_equal(refilled(outlines(coverage), coverage.box), mask >= 128)


@given(masks_of_any_size)
def test_lines_turn_at_every_corner_and_cross_no_other(mask: Mask) -> None:
    sides = set()
    for line in outlines(selected(mask)):
        level = line[:, 1] == np.roll(line[:, 1], -1)
        assert (level != np.roll(level, 1)).all()
        for start, end in zip(line.tolist(), np.roll(line, -1, axis=0).tolist(), strict=True):
            side = (*min(start, end), *max(start, end))
            assert side not in sides
            sides.add(side)


@given(masks_of_any_size, places, places, st.integers(2, 6))
def test_squares_of_pixels_count_as_one(mask: Mask, x: int, y: int, cell_px: int) -> None:
    coverage = selected(mask, x, y)
    found = refilled(outlines(coverage, cell_px), coverage.box)
    rows, columns = np.indices(mask.shape)
    squares = (rows + y) // cell_px * 1000 + (columns + x) // cell_px
    expected = np.isin(squares, squares[mask >= 128])
    assert np.array_equal(found, expected)


def test_the_outline_of_a_rectangle_has_four_corners() -> None:
    mask = np.zeros((9, 9), np.uint8)
    mask[2:5, 3:8] = 255
    (line,) = outlines(selected(mask, x=10))
    assert line.tolist() == [[13, 2], [18, 2], [18, 5], [13, 5]]


def test_holes_have_outlines_too_and_pixels_that_touch_at_a_corner_are_apart() -> None:
    ring = np.full((3, 3), 255, np.uint8)
    ring[1, 1] = 0
    assert len(outlines(selected(ring))) == 2
    assert len(outlines(selected(np.eye(3, dtype=np.uint8) * 255))) == 3


@pytest.mark.parametrize("value", [0, 127])
def test_nothing_selected_has_no_outline(value: int) -> None:
    assert outlines(selected(np.full((4, 4), value, np.uint8))) == []
