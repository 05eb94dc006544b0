from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.document import masks
from studio.document.masks import Mask
from studio.document.selection.coverage import Combine, Coverage, changed_box, combined
from studio.domain.geometry import Box, Size

PICTURE = Size(12, 9)
WHOLE = Box.whole(PICTURE)
greys = arrays(np.uint8, (9, 12), elements=st.sampled_from([0, 1, 90, 254, 255]))
modes = st.sampled_from(Combine)


@st.composite
def coverages(draw: st.DrawFn) -> Coverage:
    x, y = draw(st.integers(0, 11)), draw(st.integers(0, 8))
    box = Box(x, y, draw(st.integers(1, 12 - x)), draw(st.integers(1, 9 - y)))
    return Coverage(box, draw(arrays(np.uint8, (box.height, box.width))))


@given(coverages())
def test_a_coverage_over_the_whole_picture_is_black_outside_its_box(coverage: Coverage) -> None:
    whole = coverage.over(WHOLE)
    assert np.array_equal(whole[coverage.box.slices], coverage.mask)
    whole[coverage.box.slices] = 0
    assert not whole.any()


@given(coverages(), coverages())
def test_a_coverage_over_a_box_is_a_part_of_that_over_the_picture(
    coverage: Coverage, other: Coverage
) -> None:
    expected = coverage.over(WHOLE)[other.box.slices]
    assert np.array_equal(coverage.over(other.box), expected)


@given(greys, greys)
def test_modes_are_fuzzy_sets(one: Mask, other: Mask) -> None:
    assert np.array_equal(combined(one, other, Combine.REPLACE), other)
    for mode in (Combine.ADD, Combine.INTERSECT):
        both = combined(one, other, mode)
        assert np.array_equal(both, combined(other, one, mode))
        assert np.array_equal(both, combined(both, other, mode))
    added = combined(one, other, Combine.ADD)
    assert np.array_equal(
        combined(255 - one, other, Combine.SUBTRACT), masks.inverted(added)
    )  # what is in neither
    assert np.array_equal(combined(added, other, Combine.INTERSECT), other)


@given(greys, greys, modes)
def test_subtracting_is_intersecting_with_what_was_not_drawn(
    one: Mask, other: Mask, mode: Combine
) -> None:
    assert np.array_equal(
        combined(one, other, Combine.SUBTRACT),
        combined(one, masks.inverted(other), Combine.INTERSECT),
    )


@given(coverages(), coverages(), modes)
def test_nothing_changes_outside_of_the_changed_box(
    before: Coverage, drawn: Coverage, mode: Combine
) -> None:
    old = before.over(WHOLE)
    new = combined(old, drawn.over(WHOLE), mode)
    box = changed_box(masks.bounds(old), drawn.box, mode)
    outside = np.ones((9, 12), np.bool_)
    if box is not None:
        outside[box.slices] = False
        inside = combined(before.over(box), drawn.over(box), mode)
        assert np.array_equal(new[box.slices], inside)
    assert np.array_equal(new[outside], old[outside])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (Combine.REPLACE, Box(1, 1, 3, 2)),
        (Combine.ADD, None),
        (Combine.SUBTRACT, None),
        (Combine.INTERSECT, Box(1, 1, 3, 2)),
    ],
)
def test_drawing_nothing_clears_where_it_replaces_or_intersects(
    mode: Combine, expected: Box | None
) -> None:
    assert changed_box(Box(1, 1, 3, 2), None, mode) == expected
