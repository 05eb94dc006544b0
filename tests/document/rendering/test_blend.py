from __future__ import annotations

from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document import BlendMode
from studio.document.rendering.blend import compose
from tests.support.documents import few

shares = st.integers(0, 255).map(lambda value: value / 255)
colours = st.tuples(shares, shares, shares)


def blended(mode: BlendMode, b: float, s: float) -> float:
    """One channel, literally as the W3C's Compositing and Blending Level 1 has it."""
    match mode:
        case BlendMode.NORMAL:
            return s
        case BlendMode.MULTIPLY:
            return b * s
        case BlendMode.SCREEN:
            return b + s - b * s
        case BlendMode.OVERLAY:
            return blended(BlendMode.HARD_LIGHT, s, b)
        case BlendMode.DARKEN:
            return min(b, s)
        case BlendMode.LIGHTEN:
            return max(b, s)
        case BlendMode.COLOR_DODGE:
            return 0 if b == 0 else 1 if s == 1 else min(1, b / (1 - s))
        case BlendMode.COLOR_BURN:
            return 1 if b == 1 else 0 if s == 0 else 1 - min(1, (1 - b) / s)
        case BlendMode.HARD_LIGHT:
            return b * 2 * s if s <= 0.5 else blended(BlendMode.SCREEN, b, 2 * s - 1)
        case BlendMode.SOFT_LIGHT:
            if s <= 0.5:
                return b - (1 - 2 * s) * b * (1 - b)
            d = ((16 * b - 12) * b + 4) * b if b <= 0.25 else b**0.5
            return b + (2 * s - 1) * (d - b)
        case BlendMode.DIFFERENCE:
            return abs(b - s)


def composed(
    mode: BlendMode,
    below: tuple[float, float, float],
    below_alpha: float,
    above: tuple[float, float, float],
    above_alpha: float,
) -> list[float]:
    planes = np.array([*(c * below_alpha for c in below), below_alpha], np.float32)[:, None, None]
    colour = np.array(above, np.float32)[:, None, None]
    compose(planes, colour, np.array([[above_alpha]], np.float32), mode)
    return [float(value) for value in planes[:, 0, 0]]


@pytest.mark.parametrize("mode", BlendMode)
@few
@given(colours, shares, colours, shares)
def test_colours_mix_as_specified(
    mode: BlendMode,
    below: tuple[float, float, float],
    below_alpha: float,
    above: tuple[float, float, float],
    above_alpha: float,
) -> None:
    result = composed(mode, below, below_alpha, above, above_alpha)
    for b, s, r in zip(below, above, result[:3], strict=True):
        expected = (
            above_alpha * (1 - below_alpha) * s
            + above_alpha * below_alpha * blended(mode, b, s)
            + (1 - above_alpha) * below_alpha * b
        )
        assert r == pytest.approx(expected, abs=2e-4)
    assert result[3] == pytest.approx(above_alpha + below_alpha * (1 - above_alpha), abs=1e-6)


ORA_NAMES: Final = {
    "svg:src-over", "svg:multiply", "svg:screen", "svg:overlay", "svg:darken", "svg:lighten",
    "svg:color-dodge", "svg:color-burn", "svg:hard-light", "svg:soft-light", "svg:difference",
}  # fmt: skip


def test_modes_are_named_as_openraster_does() -> None:
    assert {mode.value for mode in BlendMode} == ORA_NAMES
