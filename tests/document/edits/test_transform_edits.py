from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document import Area, Content, Layer, TiledImage, edits
from studio.document.edits import Transform
from studio.document.rendering.composite import flatten
from studio.domain.errors import PictureError
from studio.domain.geometry import Size
from tests.support.documents import few, noise


def placed(width: int, height: int, x: int = 60, y: int = 50, **other: object) -> Content:
    """A layer of opaque noise in a document of 300 × 280."""
    layer = Layer("one", TiledImage.of(noise(width, height, 3), x, y))
    layer = replace(layer, **other)
    return Content(Size(300, 280), (layer,), layer.id)


def transformed(content: Content, transform: Transform) -> Content:
    return edits.transform_layer(content, content.layers[0].id, transform).content


@few
@given(st.integers(1, 80), st.integers(1, 80), st.booleans())
def test_mirroring_twice_is_nothing(width: int, height: int, vertically: bool) -> None:
    content = placed(width, height, mask=TiledImage.of(noise(300, 280, 1)))
    layer = content.layers[0].id
    once = edits.flip_layer(content, layer, vertically).content
    assert once.layers[0].bounds == content.layers[0].bounds
    axis = 0 if vertically else 1
    bounds = content.layers[0].bounds
    expected = np.flip(flatten(content)[bounds.slices], axis)
    assert np.array_equal(flatten(once)[bounds.slices], expected)
    assert np.array_equal(
        flatten(edits.flip_layer(once, layer, vertically).content), flatten(content)
    )


@few
@given(st.integers(1, 40), st.integers(1, 40))
def test_four_quarter_turns_keep_every_pixel(half_width: int, half_height: int) -> None:
    content = placed(2 * half_width, 2 * half_height)
    after = content
    for _ in range(4):
        after = transformed(after, Transform(degrees=90))
    assert np.array_equal(flatten(after), flatten(content))


def test_a_quarter_turn_is_clockwise() -> None:
    content = placed(40, 20)
    before = flatten(content)[50:70, 60:100]
    after = transformed(content, Transform(degrees=90))
    assert after.layers[0].bounds == Area(70, 40, 90, 80)
    assert np.array_equal(flatten(after)[40:80, 70:90], np.rot90(before, -1))


def test_any_turn_is_clockwise_about_the_middle() -> None:
    pixels = np.zeros((41, 81, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[:, 61:, 0] = 255  # red at the right
    layer = Layer("one", TiledImage.of(pixels, 100, 100))
    after = flatten(transformed(Content(Size(300, 280), (layer,)), Transform(degrees=60)))
    alpha = after[..., 3].astype(float)
    columns, rows = np.arange(300) + 0.5, np.arange(280) + 0.5
    assert (alpha.sum(axis=0) * columns).sum() / alpha.sum() == pytest.approx(140.5, abs=0.1)
    assert (alpha.sum(axis=1) * rows).sum() / alpha.sum() == pytest.approx(120.5, abs=0.1)
    assert alpha.sum() / 255 == pytest.approx(41 * 81, rel=0.01)
    red = (after[..., 0] > 200) & (after[..., 3] > 200)
    assert np.argwhere(red)[:, 0].mean() > 135  # it went down


@pytest.mark.parametrize("scale", [0.1, 0.5, 1.5, 3])
def test_scaling_keeps_colour_and_proportion(scale: float) -> None:
    smooth = np.full((60, 80, 3), (200, 100, 50), np.uint8)
    layer = Layer("one", TiledImage.of(smooth, 100, 100))
    after = transformed(Content(Size(300, 280), (layer,)), Transform(scale, scale))
    bounds = after.layers[0].bounds
    assert (bounds.width, bounds.height) == (80 * scale, 60 * scale)
    assert (bounds.x + bounds.right) / 2 == pytest.approx(140, abs=0.5)
    pixels = after.layers[0].image.read(after.layers[0].bounds)
    assert np.abs(pixels.astype(int) - (200, 100, 50, 255)).max() <= 1


def test_making_smaller_averages() -> None:
    content = placed(256, 256, 0, 0)
    pixels = flatten(transformed(content, Transform(1 / 16, 1 / 16)))
    small = pixels[pixels[..., 3] > 0][:, :3]
    assert small.std() < 15


def test_edges_do_not_bleed_what_is_transparent() -> None:
    pixels = np.zeros((60, 60, 4), np.uint8)
    pixels[..., :3] = (0, 255, 0)
    pixels[::20, :] = pixels[:, ::20] = (255, 0, 0, 255)  # a lattice
    layer = Layer("one", TiledImage.of(pixels, 100, 100))
    after = flatten(transformed(Content(Size(300, 280), (layer,)), Transform(1.7, 1.3, 20)))
    seen = after[after[..., 3] > 20]
    assert seen[:, 1].max() < 30
    assert seen[:, 0].min() > 220


def test_moving_goes_along() -> None:
    content = placed(40, 20)
    after = transformed(content, Transform(x=100, y=-30))
    assert after.layers[0].bounds == Area(160, 20, 200, 40)


def test_an_empty_layer_stays_empty() -> None:
    layer = Layer("empty")
    content = Content(Size(9, 9), (layer,), layer.id)
    assert transformed(content, Transform(2, 2, 45)).layers[0] is layer


def test_no_layer_becomes_too_large() -> None:
    with pytest.raises(PictureError, match="16384"):
        transformed(placed(100, 100), Transform(scale_x=200))
