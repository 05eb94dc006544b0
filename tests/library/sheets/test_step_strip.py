"""Steps side by side in one picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.errors import PictureError
from studio.domain.geometry import Size
from studio.library.sheets.step_strip import chosen_steps, step_strip


@given(st.integers(1, 200), st.integers(1, 40))
def test_chosen_steps_rise_to_the_last_one(taken: int, count: int) -> None:
    steps = chosen_steps(taken, count)
    assert len(steps) == min(taken, count)
    assert list(steps) == sorted(set(steps))
    assert steps[-1] == taken and steps[0] >= 1
    assert len(steps) == 1 or steps[0] == 1


def test_each_step_has_its_place_and_the_last_is_the_picture() -> None:
    steps = [np.full((4, 4, 3), 40 * i, np.uint8) for i in range(1, 5)]
    finished = np.full((32, 32, 3), 250, np.uint8)
    plain = step_strip(steps, finished, (1, 3, 4), Size(32, 32), captions=False)
    gap = 2
    assert plain.shape == (32 + 2 * gap, 3 * (32 + gap) + gap, 3)
    middles = [plain[16 + gap, gap + 16 + place * (32 + gap), 0] for place in range(3)]
    assert middles == [40, 120, 250]
    captioned = step_strip(steps, finished, (1, 3, 4), Size(32, 32))
    assert captioned.shape[1] == plain.shape[1]
    foot = captioned[len(plain) - gap :]
    assert foot.max() > 200 and foot.min() < 40, "numbers stand below"


def test_a_strip_too_wide_for_any_program_is_refused() -> None:
    steps = [np.zeros((2, 2, 3), np.uint8)] * 40
    with pytest.raises(PictureError, match="30000"):
        step_strip(steps, steps[0], range(1, 41), Size(1024, 8))
