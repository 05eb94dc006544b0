"""The instant method: what styles, weights, strength and scale do to the picture."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import pytest
import torch

from studio.domain.errors import RequestError
from studio.domain.events import Pixels
from studio.domain.resources import RESOURCES
from studio.style.instant import PREVIEW_PX, Instant
from studio.style.method import PaintedStyle, Progress, Style, StylePicture
from studio.style.nets.multistyle import STYLES
from studio.style.painted import PAINTED, painted_weights
from tests.support.samples import noise

INSTANT = Instant(torch.device("cpu"))
CONTENT = noise(0, 48, 32)
ONE, TWO = StylePicture(noise(1, 64, 64)), StylePicture(noise(2, 300, 40) // 2)


def told(painting: Generator[Progress, None, Pixels]) -> tuple[list[Progress], Pixels]:
    events = []
    while True:
        try:
            events.append(next(painting))
        except StopIteration as end:
            return events, end.value


def painted(*styles: Style, strength: float = 1.0, content: Pixels = CONTENT) -> Pixels:
    return told(INSTANT.paint(content, styles, strength))[1]


def distance(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(float) - other).mean())


def test_the_picture_keeps_its_size_and_is_not_touched() -> None:
    content = CONTENT.copy()
    content.flags.writeable = False
    for styles in ([ONE], [PaintedStyle("embers")]):
        assert painted(*styles, content=content).shape == content.shape


def test_the_same_wish_gives_the_same_pixels() -> None:
    assert np.array_equal(painted(ONE, TWO), painted(ONE, TWO))


def test_one_style_twice_is_that_style() -> None:
    assert distance(painted(ONE, ONE), painted(ONE)) < 0.01


def test_a_blend_lies_between_its_styles_and_goes_by_weight() -> None:
    one, two = painted(ONE), painted(TWO)
    mostly = painted(StylePicture(ONE.pixels, weight=9), StylePicture(TWO.pixels, weight=1))
    assert 0 < distance(mostly, one) < distance(mostly, two)
    double = painted(StylePicture(ONE.pixels, weight=18), StylePicture(TWO.pixels, weight=2))
    assert distance(mostly, double) < 0.01


def test_strength_goes_from_the_contents_own_style() -> None:
    own = painted(StylePicture(CONTENT))
    assert distance(painted(ONE, strength=0), own) < 0.01
    steps = [painted(ONE, strength=strength) for strength in (0.0, 0.5, 1.0)]
    assert 0 < distance(steps[1], own) < distance(steps[2], own)


def test_without_strength_a_painted_style_leaves_the_content() -> None:
    style = PaintedStyle("starlit-blue")
    assert np.array_equal(painted(style, strength=0), CONTENT)
    half = painted(style, strength=0.5).astype(int)
    assert np.abs(2 * half - CONTENT - painted(style)).max() <= 2


def test_larger_strokes_are_coarser() -> None:
    content = noise(0, 96, 96)

    def roughness(scale: float) -> float:
        made = painted(PaintedStyle("blue-woodblock", scale=scale), content=content).astype(float)
        return float(np.abs(np.diff(made, axis=1)).mean())

    assert roughness(4) < roughness(2) < roughness(1)


def test_a_small_version_is_seen_first() -> None:
    content = noise(0, PREVIEW_PX * 3 // 2, 48)
    events, result = told(INSTANT.paint(content, [ONE], 1.0))
    seen = [event for event in events if event.preview is not None]
    assert seen == events[:1]
    assert seen[0].preview is not None
    assert seen[0].preview.shape == (32, PREVIEW_PX, 3)
    assert result.shape == content.shape
    done = [event.done for event in events]
    assert done == sorted(done)
    assert done[-1] == pytest.approx(1)


def test_a_closed_generator_paints_no_more() -> None:
    painting = INSTANT.paint(noise(0, 400, 400), [ONE], 1.0)
    next(painting)
    painting.close()
    with pytest.raises(StopIteration):
        next(painting)


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (33, 500)])
def test_pictures_and_styles_of_odd_sizes(size: tuple[int, int]) -> None:
    odd = noise(3, *size)
    assert painted(ONE, content=odd).shape == odd.shape
    assert painted(StylePicture(odd)).shape == CONTENT.shape


@pytest.mark.parametrize("styles", [[], [ONE, PaintedStyle("embers")]])
def test_styles_of_two_kinds_are_refused(styles: list[Style]) -> None:
    with pytest.raises(RequestError, match="not both"):
        painted(*styles)


def test_an_unknown_painted_style_is_named() -> None:
    with pytest.raises(RequestError, match="no-such"):
        painted(PaintedStyle("no-such"))


def test_painted_styles_are_weighed() -> None:
    weights = painted_weights([PaintedStyle(PAINTED[3], 1), PaintedStyle(PAINTED[7], 3)])
    assert weights[3] == 0.25
    assert weights[7] == 0.75
    assert weights.sum() == 1


def test_every_painted_style_has_a_name_and_an_example() -> None:
    assert len(set(PAINTED)) == STYLES
    examples = (RESOURCES / "styles" / "painted").iterdir()
    assert {path.stem for path in examples if path.suffix == ".jpg"} == set(PAINTED)
