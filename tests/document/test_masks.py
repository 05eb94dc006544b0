from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.document import masks
from studio.document.masks import Mask

sides = st.tuples(st.integers(1, 40), st.integers(1, 40))
greys = arrays(np.uint8, sides)
sparse = arrays(np.uint8, sides, elements=st.sampled_from([0, 0, 0, 0, 80, 255]), fill=st.just(0))
reaches = st.integers(0, 30)


def brute_grown(mask: Mask, radius: int) -> Mask:
    """The brightest value no further than `radius` to any of the octagon's eight sides."""
    diagonal = min(round(radius * (1 - 0.5**0.5)), (radius - 1) // 2)
    result = np.zeros_like(mask)
    rows, columns = np.indices(mask.shape)
    for row, column in np.argwhere(mask):
        down, right = abs(rows - row), abs(columns - column)
        near = (np.maximum(down, right) <= radius) & (down + right <= 2 * (radius - diagonal))
        result[near] = np.maximum(result[near], mask[row, column])
    return result


@given(sparse, st.integers(1, 12))
def test_growing_takes_the_brightest_within_an_octagon(mask: Mask, radius: int) -> None:
    assert np.array_equal(masks.grown(mask, radius), brute_grown(mask, radius))


@given(greys, reaches)
def test_shrinking_is_growing_what_stays(mask: Mask, radius: int) -> None:
    shrunk = masks.shrunk(mask, radius)
    assert (shrunk <= mask).all()
    assert np.array_equal(masks.inverted(shrunk), masks.grown(masks.inverted(mask), radius))


def test_a_mask_that_touches_the_border_does_not_shrink_away_from_it() -> None:
    mask = np.zeros((20, 20), np.uint8)
    mask[:, :10] = 255
    expected = np.zeros((20, 20), np.uint8)
    expected[:, :6] = 255
    assert np.array_equal(masks.shrunk(mask, 4), expected)


@given(sparse, reaches)
def test_feathering_keeps_what_is_there_and_ends_where_it_says(mask: Mask, width: int) -> None:
    feathered = masks.feathered(mask, width)
    assert (feathered >= mask).all()
    square = np.zeros_like(mask)
    for row, column in np.argwhere(mask):
        square[
            max(0, row - width) : row + width + 1, max(0, column - width) : column + width + 1
        ] = 1
    assert not feathered[square == 0].any()
    assert feathered.max(initial=0) == mask.max(initial=0)


@pytest.mark.parametrize("width", [2, 5, 8, 33])
def test_a_feathered_edge_falls_all_the_way(width: int) -> None:
    mask = np.zeros((60, 80), np.uint8)
    mask[:, :30] = 255
    row = masks.feathered(mask, width)[30].astype(int)
    assert (row[:30] == 255).all()
    assert (np.diff(row) <= 0).all()
    assert not row[30 + width :].any()
    assert abs(np.diff(row)).max() <= 2 * 255 / (width + 1) + 4
    assert row[30] < 255 or width < 4


@given(sparse)
def test_bounds_hold_all_and_are_tight(mask: Mask) -> None:
    box = masks.bounds(mask)
    if box is None:
        assert not mask.any()
        return
    assert mask[box.slices].any(axis=0)[[0, -1]].all()
    assert mask[box.slices].any(axis=1)[[0, -1]].all()
    outside = mask.copy()
    outside[box.slices] = 0
    assert not outside.any()


@given(greys)
def test_a_mask_survives_as_a_picture(mask: Mask) -> None:
    picture = masks.to_picture(mask)
    assert picture.shape == (*mask.shape, 3)
    assert np.array_equal(masks.from_picture(picture), mask)


def test_transparency_of_a_picture_takes_from_its_mask() -> None:
    pixels = np.full((1, 3, 4), 255, np.uint8)
    pixels[0, :, 3] = [0, 128, 255]
    assert masks.from_picture(pixels).tolist() == [[0, 128, 255]]
