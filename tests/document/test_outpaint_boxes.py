from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.document.outpaint_boxes import outpainting_area
from studio.domain.geometry import Box, Size
from studio.domain.inpaint import Extents
from tests.support.fakes import a_model

SMALL = a_model(sizes=(Size(64, 64),))

sides = st.integers(16, 300)
extents = st.builds(Extents, *[st.integers(0, 300)] * 4)


@given(sides, sides, extents)
def test_the_boxes_cover_all_that_is_new_and_each_sees_what_is_there(
    width: int, height: int, extend: Extents
) -> None:
    picture = Size(width, height)
    full = extend.of(picture)
    known = np.zeros((full.height, full.width), np.bool_)
    known[Box(extend.left, extend.top, width, height).slices] = True
    for box in outpainting_area(picture, extend, SMALL).boxes:
        assert box.width == box.height
        seen = known[box.slices]
        assert seen.mean() >= 0.4
        known[box.slices] = True
    assert known.all()


def test_nothing_new_needs_no_box() -> None:
    assert outpainting_area(Size(64, 64), Extents(), SMALL).boxes == ()


def test_a_large_picture_is_extended_in_overlapping_squares() -> None:
    found = outpainting_area(Size(4096, 2048), Extents(right=512), SMALL)
    assert found.size == Size(64, 64)
    assert found.boxes == (
        Box(3584, 0, 1024, 1024),
        Box(3584, 512, 1024, 1024),
        Box(3584, 1024, 1024, 1024),
    )
