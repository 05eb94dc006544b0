"""Laws of whose colours a painted picture has."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.events import Pixels
from studio.domain.stylize import StyleColours
from studio.style.colour import coloured, with_colours_of, with_histogram_of
from tests.support.samples import noise

LUMA = np.array([0.299, 0.587, 0.114])
ROUNDING = 1.01  # three channels of half a step each, and their luma


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Pixels, Pixels]:
    """A painted picture and its content, equally large, of few to many colours."""
    height, width = draw(st.integers(1, 70)), draw(st.integers(1, 12))
    made = []
    for _ in range(2):
        random = np.random.default_rng(draw(st.integers(0, 2**32)))
        low = draw(st.integers(0, 255))
        high = draw(st.integers(low, 255))
        made.append(random.integers(low, high + 1, (height, width, 3), dtype=np.uint8))
    return made[0], made[1]


def luma_and_chroma(pixels: Pixels) -> tuple[np.ndarray, np.ndarray]:
    colour = pixels.astype(float)
    luma = colour @ LUMA
    return luma, colour - luma[..., None]


@given(pair=pairs())
def test_luminance_only_keeps_luma_of_one_and_hue_of_the_other(pair: tuple[Pixels, Pixels]) -> None:
    painted, content = pair
    result = with_colours_of(painted, content)
    luma, chroma = luma_and_chroma(result)
    wanted, _ = luma_and_chroma(painted)
    _, full = luma_and_chroma(content)
    assert np.abs(luma - wanted).max() <= ROUNDING
    with np.errstate(divide="ignore", invalid="ignore"):
        above = np.where(full > 0, (255 - wanted[..., None]) / full, np.inf)
        below = np.where(full < 0, wanted[..., None] / -full, np.inf)
    room = np.minimum(above, below).min(axis=2, keepdims=True).clip(0, 1)
    assert np.abs(chroma - full * room).max() <= ROUNDING


@given(pair=pairs())
def test_a_picture_of_its_own_colours_stays_as_it_is(pair: tuple[Pixels, Pixels]) -> None:
    painted, _ = pair
    assert np.array_equal(with_colours_of(painted, painted), painted)
    assert np.array_equal(with_histogram_of(painted, painted), painted)


@given(pair=pairs())
def test_histogram_matched_has_the_cumulative_histogram_of_the_content(
    pair: tuple[Pixels, Pixels],
) -> None:
    painted, content = pair
    result = with_histogram_of(painted, content)
    for channel in range(3):
        before, wanted, made = (part[..., channel].ravel() for part in (painted, content, result))
        assert set(made) <= set(wanted)
        for value in np.unique(before):
            (moved,) = set(made[before == value].tolist())
            share = (before <= value).sum()
            assert (wanted < moved).sum() < share <= (wanted <= moved).sum()


@given(pair=pairs())
def test_histogram_matched_keeps_the_order_of_values(pair: tuple[Pixels, Pixels]) -> None:
    painted, content = pair
    result = with_histogram_of(painted, content)
    for channel in range(3):
        order = np.argsort(painted[..., channel].ravel(), kind="stable")
        assert (np.diff(result[..., channel].ravel()[order].astype(int)) >= 0).all()


@pytest.mark.parametrize("colours", StyleColours)
def test_each_choice_gives_a_picture(colours: StyleColours) -> None:
    painted, content = noise(1, 9, 130), noise(2, 9, 130)
    before = painted.copy(), content.copy()
    made = coloured(painted, content, colours)
    assert made.shape == painted.shape
    assert made.dtype == np.uint8
    assert np.array_equal(made, painted) == (colours is StyleColours.STYLE)
    assert np.array_equal(painted, before[0])
    assert np.array_equal(content, before[1])
