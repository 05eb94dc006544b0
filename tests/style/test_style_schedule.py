"""From coarse to fine: sizes and iterations."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.style.schedule import schedule

SIDES = st.integers(1, 8192)


@settings(deadline=None, max_examples=25)
@given(height=SIDES, width=SIDES, iterations=st.integers(1, 5000))
def test_it_ends_in_full_size_with_an_iteration_at_least(
    height: int, width: int, iterations: int
) -> None:
    stages = schedule(height, width, iterations)
    assert (stages[-1].height, stages[-1].width) == (height, width)
    assert stages[0].first == 0
    firsts = [stage.first for stage in stages]
    assert firsts == sorted(set(firsts))
    assert firsts[-1] < iterations
    assert all(stage.height >= 1 and stage.width >= 1 for stage in stages)


@settings(deadline=None, max_examples=25)
@given(side=st.integers(128, 8192), iterations=st.integers(100, 5000))
def test_sizes_grow_by_the_root_of_two_from_about_128_px(side: int, iterations: int) -> None:
    stages = schedule(side, side // 2, iterations)
    assert 128 <= stages[0].height <= 182
    for one, following in itertools.pairwise(stages):
        assert 1.40 < following.height / one.height < 1.43


def test_the_first_size_gets_as_much_as_two_others() -> None:
    assert [stage.first for stage in schedule(512, 512, 300)] == [0, 100, 150, 200, 250]
