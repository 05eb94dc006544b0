"""Places of a picture in the square that a segmenter looks at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.geometry import Box, Size
from studio.engine.segmenting.found import Candidate
from studio.engine.segmenting.frame import Frame

SIZES = st.builds(Size, st.integers(1, 9000), st.integers(1, 9000))
SIDES = st.sampled_from([64, 512, 1024])
FRAMES = st.builds(Frame, SIZES, SIDES)


@given(FRAMES)
def test_the_longer_side_fills_the_square_and_the_proportions_stay(frame: Frame) -> None:
    inner, picture = frame.inner, frame.picture
    assert max(inner.width, inner.height) == frame.side_px
    scale = frame.side_px / max(picture.width, picture.height)
    assert abs(inner.width - picture.width * scale) <= 1
    assert abs(inner.height - picture.height * scale) <= 1


@given(st.builds(Frame, SIZES, SIDES, st.booleans()), st.floats(0, 1), st.floats(0, 1))
def test_what_lies_in_the_picture_lies_in_its_part_of_the_square(
    frame: Frame, across: float, down: float
) -> None:
    x, y = frame.places([(frame.picture.width * across, frame.picture.height * down)])[0]
    assert x == pytest.approx(frame.inner.width * across - 0.5, abs=1e-3)
    assert y == pytest.approx(frame.inner.height * down - 0.5, abs=1e-3)


@given(
    st.builds(Size, st.integers(1, 200), st.integers(1, 200)),
    st.booleans(),
    st.floats(0, 1),
    st.booleans(),
)
def test_a_mask_lies_where_the_places_in_the_square_say(
    picture: Size, stretches: bool, share: float, is_level: bool
) -> None:
    """Logits that say how far beyond a line they are: the line comes back in its place."""
    frame = Frame(picture, 64, stretches)
    rows, columns = np.mgrid[: frame.inner.height, : frame.inner.width].astype(np.float32)
    along, pixels = (rows, picture.height) if is_level else (columns, picture.width)
    line = np.float32(share * along.max())
    middles = [(i + 0.5, i + 0.5) for i in range(pixels)]
    places = frame.places(middles)[:, int(is_level)].clip(0, along.max())
    coverage = Candidate(picture, along - line, 1.0).coverage()
    mask = np.zeros((picture.height, picture.width), np.uint8)
    if coverage is not None:
        mask = coverage.over(Box.whole(picture))
    beyond = (mask[:, 0] if is_level else mask[0]) == 255
    sure = np.abs(places - line) > 1e-3
    assert (beyond == (places > line))[sure].all()
    assert (mask == (mask[:, :1] if is_level else mask[:1])).all()


def test_the_picture_lies_at_the_left_upper_corner_and_the_rest_is_padding() -> None:
    frame = Frame(Size(80, 40), 64)
    filled = frame.filled(np.full((40, 80, 3), 255, np.uint8))
    assert filled.shape == (3, 64, 64)
    assert (filled[:, :32] > 2).all()
    assert not filled[:, 32:].any()
