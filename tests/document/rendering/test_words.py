"""Whole numbers bring the same pixels to the screen as the float arithmetic."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.document import Layer, TiledImage
from studio.document.area import Area
from studio.document.rendering import words
from studio.document.rendering.blend import compose
from studio.document.rendering.composite import premultiplied
from studio.domain.events import Pixels
from tests.support.documents import few, noise


def in_floats(stack: list[Pixels]) -> Pixels:
    """Pictures (h, w, 4) over each other, from the lowest up, as premultiplied BGRA."""
    planes = np.zeros((4, *stack[0].shape[:2]), np.float32)
    for pixels in stack:
        colour, alpha = np.moveaxis(pixels / np.float32(255), 2, 0)[:3], pixels[..., 3] / 255
        compose(planes, colour.copy(), alpha.astype(np.float32), Layer("any").blend_mode)
    rounded = np.floor(planes * 255 + 0.5).astype(np.uint8)
    return np.moveaxis(rounded[[2, 1, 0, 3]], 0, 2)


def every_product() -> Pixels:
    """All pairs of a colour's value and an alpha, (256, 256, 4)."""
    values, alphas = np.meshgrid(np.arange(256), np.arange(256))
    return np.stack([values, 255 - values, values, alphas], axis=-1).astype(np.uint8)


def test_one_picture_is_exact_for_every_value_and_alpha() -> None:
    assert np.array_equal(words.shown(every_product()), in_floats([every_product()]))


@few
@given(st.integers(0, 99))
def test_one_over_an_opaque_one_is_exact(seed: int) -> None:
    above, below = every_product(), noise(256, 256, 4, seed)
    below[..., 3] = 255
    assert np.array_equal(words.shown_over(above, below), in_floats([below, above]))


@few
@given(st.integers(0, 9), st.integers(-28, 28))
def test_layers_are_shown_as_in_floats(seed: int, x: int) -> None:
    below, above = noise(300, 280, 4, seed), noise(300, 280, 4, seed + 1)
    below[..., 3] = 255
    area = Area(50, 45, 270, 240)
    layers = [Layer("below", TiledImage.of(below)), Layer("above", TiledImage.of(above, x, 3))]
    place = area.moved(-x, -3)
    expected = in_floats([below[area.slices], above[place.slices]])
    assert np.array_equal(premultiplied(layers, area), expected)
