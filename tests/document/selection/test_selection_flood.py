from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.document.selection.flood import Region, connected

regions = st.tuples(st.integers(1, 20), st.integers(1, 20)).flatmap(
    lambda shape: arrays(np.bool_, shape)
)


def brute_connected(region: Region, row: int, column: int) -> Region:
    reached = np.zeros_like(region)
    waiting = [(row, column)]
    height, width = region.shape
    while waiting:
        here = row, column = waiting.pop()
        if 0 <= row < height and 0 <= column < width and region[here] and not reached[here]:
            reached[here] = True
            waiting += [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
    return reached


@given(regions, st.data())
def test_it_finds_what_can_be_walked_to(region: Region, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, region.shape[0] - 1))
    column = data.draw(st.integers(0, region.shape[1] - 1))
    found = connected(region, row, column)
    assert found.dtype == np.bool_
    assert np.array_equal(found, brute_connected(region, row, column))


def test_a_path_that_winds_through_all_rows_is_followed_to_its_end() -> None:
    region = np.ones((401, 100), np.bool_)
    region[1::2] = False
    region[1::4, -1] = True
    region[3::4, 0] = True
    assert np.array_equal(connected(region, 0, 50), region)
    region[201, :] = False
    found = connected(region, 0, 50)
    assert np.array_equal(found[:201], region[:201])
    assert not found[201:].any()
