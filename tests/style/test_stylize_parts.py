"""Colours, mask and sides around any method."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.domain.events import Pixels
from studio.domain.stylize import StyleColours
from studio.style.colour import coloured
from studio.style.method import PaintedStyle, Progress, Style
from studio.style.stylize import blended, stylize
from tests.support.samples import noise

CONTENT = noise(0, 20, 12)
PAINTINGS = {"one": noise(1, 20, 12), "two": noise(2, 20, 12)}
ONE, TWO = PaintedStyle("one"), PaintedStyle("two")


class Paintings:
    """A method that has its paintings already, and shows half of one first."""

    def paint(
        self, content: Pixels, styles: Sequence[Style], strength: float
    ) -> Generator[Progress, None, Pixels]:
        (style,) = styles
        assert isinstance(style, PaintedStyle)
        yield Progress(0.25, PAINTINGS[style.name][::2, ::2])
        yield Progress(1.0)
        return PAINTINGS[style.name]


def told(painting: Generator[Progress, None, Pixels]) -> tuple[list[Progress], Pixels]:
    events = []
    while True:
        try:
            events.append(next(painting))
        except StopIteration as end:
            return events, end.value


def half_masked() -> np.ndarray:
    mask = np.zeros((12, 20), np.uint8)
    mask[:, 10:] = 255
    mask[:, 8:10] = 100
    return mask


@given(seed=st.integers(0, 999), value=st.integers(0, 255))
def test_blending_is_exact_at_both_ends_and_between(seed: int, value: int) -> None:
    below, above = noise(seed, 7, 300), noise(seed + 1, 7, 300)
    mask = np.full((300, 7), value, np.uint8)
    mask[:, :2] = 0, 255
    result = blended(below, above, mask)
    assert np.array_equal(result[:, 0], below[:, 0])
    assert np.array_equal(result[:, 1], above[:, 1])
    exact = below + (above.astype(float) - below) * value / 255
    assert np.abs(result[:, 2:] - exact[:, 2:]).max() <= 0.5 + 1e-9


def test_what_the_mask_leaves_out_stays_to_the_byte() -> None:
    mask = half_masked()
    _, result = told(stylize(Paintings(), CONTENT, [ONE], mask=mask))
    assert np.array_equal(result[:, :8], CONTENT[:, :8])
    assert np.array_equal(result[:, 10:], PAINTINGS["one"][:, 10:])
    assert np.array_equal(result, blended(CONTENT, PAINTINGS["one"], mask))


def test_two_styles_on_the_two_sides_of_a_mask() -> None:
    mask = half_masked()
    events, result = told(stylize(Paintings(), CONTENT, [ONE], mask=mask, outside=[TWO]))
    assert np.array_equal(result, blended(PAINTINGS["two"], PAINTINGS["one"], mask))
    assert [event.done for event in events] == [0.125, 0.5, 0.625, 1.0]


@pytest.mark.parametrize("colours", StyleColours)
def test_colours_come_before_the_mask(colours: StyleColours) -> None:
    mask = half_masked()
    _, result = told(stylize(Paintings(), CONTENT, [ONE], colours=colours, mask=mask))
    expected = blended(CONTENT, coloured(PAINTINGS["one"], CONTENT, colours), mask)
    assert np.array_equal(result, expected)


def test_previews_are_seen_under_the_mask() -> None:
    mask = np.zeros((12, 20), np.uint8)
    mask[:, 10:] = 255
    events, _ = told(stylize(Paintings(), CONTENT, [ONE], mask=mask))
    preview = events[0].preview
    assert preview is not None
    assert preview.shape == (6, 10, 3)
    assert np.array_equal(preview[:, 5:], PAINTINGS["one"][::2, ::2][:, 5:])
    small = np.asarray(Image.fromarray(CONTENT).resize((10, 6), Image.Resampling.BOX))
    assert np.array_equal(preview[:, :5], small[:, :5])
