from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.document import Area, BlendMode, Content, Document, Layer, TiledImage
from studio.document.rendering.composite import flatten, premultiplied, sampled
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from tests.support.documents import contents, few, layers, noise


def seen(content: Content) -> Pixels:
    return premultiplied(content.layers, content.area)


@few
@given(contents(), st.integers(0, 249), st.integers(0, 249), st.data())
def test_a_part_is_the_same_as_in_the_whole(
    content: Content, x: int, y: int, data: st.DataObject
) -> None:
    right = data.draw(st.integers(x + 1, content.size.width))
    bottom = data.draw(st.integers(y + 1, content.size.height))
    area = Area(x, y, right, bottom)
    assert np.array_equal(premultiplied(content.layers, area), seen(content)[area.slices])
    assert np.array_equal(flatten(content, area), flatten(content)[area.slices])


@few
@given(contents(), layers(), st.integers(0, 4), st.booleans())
def test_a_layer_that_is_not_seen_changes_nothing(
    content: Content, layer: Layer, place: int, hidden: bool
) -> None:
    unseen = replace(layer, visible=False) if hidden else replace(layer, opacity=0)
    stack = (*content.layers[:place], unseen, *content.layers[place:])
    assert np.array_equal(seen(replace(content, layers=stack)), seen(content))


@few
@given(contents())
def test_file_and_screen_show_the_same(content: Content) -> None:
    straight = flatten(content).astype(np.float64)
    alpha = straight[..., 3:] / 255
    expected = np.dstack([straight[..., 2::-1] * alpha, straight[..., 3]])
    # Three roundings lie between the two: of the straight colour, of its alpha, of their product.
    assert np.abs(seen(content) - expected).max() <= 1.51


@few
@given(contents())
def test_layers_lie_over_each_other_as_in_one_pass_of_exact_numbers(content: Content) -> None:
    below = np.zeros((content.size.height, content.size.width, 3))
    alpha = np.zeros((content.size.height, content.size.width, 1))
    normal = [replace(layer, blend_mode=BlendMode.NORMAL) for layer in content.layers]
    for layer in normal:
        if not layer.visible:
            continue
        own = content.area.moved(-layer.x, -layer.y)
        pixels = layer.image.read(own) / 255
        share = pixels[..., 3:] * layer.opacity
        if layer.mask is not None:
            share = share * layer.mask.read(own)[..., None] / 255
        below = below * (1 - share) + pixels[..., :3] * share
        alpha = alpha * (1 - share) + share
    expected = np.dstack([below[..., ::-1], alpha]) * 255
    assert np.abs(seen(replace(content, layers=tuple(normal))) - expected).max() < 0.51


def test_one_layer_as_it_is_keeps_its_bytes() -> None:
    pixels = noise(300, 270)
    assert np.array_equal(flatten(Document.of_picture(pixels).content), pixels)
    opaque = noise(300, 270, 3)
    assert np.array_equal(flatten(Document.of_picture(opaque).content)[..., :3], opaque)


def test_what_is_opaque_hides_what_is_below() -> None:
    pixels = noise(300, 270, 3)
    content = Document.of_picture(pixels).content
    below = Layer("below", TiledImage.of(noise(300, 270)), blend_mode=BlendMode.SCREEN)
    both = replace(content, layers=(below, *content.layers))
    assert np.array_equal(seen(both), seen(content))


def test_an_empty_document_is_transparent() -> None:
    assert not flatten(Content(Size(300, 10))).any()


@few
@given(contents(), st.sampled_from([1, 2, 4, 16]))
def test_samples_are_pixels_of_the_picture(content: Content, step: int) -> None:
    rough = sampled(content.layers, content.area, step)
    assert np.array_equal(rough, seen(content)[::step, ::step])
