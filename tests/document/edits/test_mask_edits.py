from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document import Area, Content, Document, Edit, Layer, TiledImage, edits, masks
from studio.document.masks import Mask
from studio.document.rendering.composite import flatten
from studio.domain.geometry import Size
from tests.support.documents import few, noise

SIZE = Size(300, 280)
Operation = Callable[[Content, int], Edit]


@st.composite
def masked(draw: st.DrawFn) -> Content:
    """A document with a few patches in its mask, some at its borders."""
    mask = np.zeros((SIZE.height, SIZE.width), np.uint8)
    for _ in range(draw(st.integers(0, 3))):
        x, y = draw(st.integers(0, 290)), draw(st.integers(0, 270))
        w, h = draw(st.integers(1, 60)), draw(st.integers(1, 60))
        mask[y : y + h, x : x + w] = draw(st.sampled_from([80, 255]))
    return edits.set_mask(Content(SIZE), mask).content


def whole(content: Content) -> Mask:
    return content.mask.read(content.area)


@pytest.mark.parametrize(
    ("edit", "operation"),
    [
        (edits.grow_mask, masks.grown),
        (edits.shrink_mask, masks.shrunk),
        (edits.feather_mask, masks.feathered),
    ],
)
@few
@given(masked(), st.integers(0, 20))
def test_operations_are_those_of_the_whole_mask(
    edit: Operation, operation: Callable[[Mask, int], Mask], content: Content, reach: int
) -> None:
    assert np.array_equal(whole(edit(content, reach).content), operation(whole(content), reach))


@few
@given(masked())
def test_inverting_twice_is_nothing(content: Content) -> None:
    inverted = edits.invert_mask(content).content
    assert np.array_equal(whole(inverted), 255 - whole(content))
    assert inverted.mask.cropped(content.area) is inverted.mask
    again = edits.invert_mask(inverted).content
    assert np.array_equal(whole(again), whole(content))
    assert again.mask.count == content.mask.count


def test_a_full_mask_is_one_tile_in_memory_and_the_borders() -> None:
    content = edits.fill_mask(Content(Size(8192, 8000))).content
    assert content.mask.bounds() == content.area
    assert len({id(tile) for _, tile in content.mask.items()}) == 1 + 32
    assert edits.clear_mask(content).content.mask.count == 0


def test_outside_the_document_is_no_mask() -> None:
    content = Content(SIZE)
    wide = TiledImage.of(noise(600, 600, 1), -100, -100)
    assert edits.set_mask(content, wide).content.mask.bounds().common(content.area) == content.area
    outside = edits.write_mask(content, Area(-9, -9, 1, 1), np.full((10, 10), 5, np.uint8)).content
    assert outside.mask.bounds() == Area(0, 0, 1, 1)


def test_a_layer_s_alpha_or_light_becomes_the_mask() -> None:
    layer = Layer("leaf", TiledImage.of(noise(100, 90)), x=250, y=-20, visible=False, opacity=0.5)
    content = edits.add_layer(Content(SIZE), layer).content
    alpha = whole(edits.mask_from_alpha(content, layer.id).content)
    alone = flatten(edits.set_visible(content, layer.id, True).content)
    assert np.array_equal(alpha, alone[..., 3])
    assert np.array_equal(
        whole(edits.mask_from_luminance(content, layer.id).content), masks.from_picture(alone)
    )


def test_the_mask_becomes_a_layer_s_own() -> None:
    content = Document.of_picture(noise(300, 280, 3)).content
    layer = content.layers[0].id
    content = edits.move_layer(content, layer, 30, 0).content
    content = edits.set_mask(content, noise(300, 280, 1)).content
    after = edits.mask_layer(content, layer).content
    expected = np.where(flatten(content)[..., 3] > 0, whole(content), 0)
    assert np.array_equal(flatten(after)[..., 3], expected)


def test_without_a_mask_a_layer_gets_a_white_one_and_keeps_its_own() -> None:
    content = Document.of_picture(noise(300, 280, 3)).content
    layer = content.layers[0].id
    after = edits.mask_layer(content, layer).content
    assert after.layers[0].mask is not None
    assert np.array_equal(flatten(after), flatten(content))
    again = edits.mask_layer(edits.invert_layer_mask(after, layer).content, layer).content
    assert not flatten(again).any()


def with_own_mask(fill: int) -> Content:
    own = TiledImage.of(noise(200, 120, 1, seed=2), 20, 30, fill)
    layer = Layer("above", TiledImage.of(noise(290, 270, seed=1)), mask=own, x=25, y=-9)
    return edits.add_layer(Document.of_picture(noise(320, 280, 3)).content, layer).content


@pytest.mark.parametrize("fill", [0, 255])
def test_a_layer_s_mask_inverted_shows_what_was_hidden(fill: int) -> None:
    content = with_own_mask(fill)
    layer = content.layers[1]
    inverted = edits.invert_layer_mask(content, layer.id).content
    own = inverted.layers[1].mask
    assert own is not None
    assert layer.mask is not None
    area = Area(-300, -300, 700, 700)
    assert np.array_equal(own.read(area), 255 - layer.mask.read(area))
    twice = edits.invert_layer_mask(inverted, layer.id).content
    assert np.array_equal(flatten(twice), flatten(content))


@pytest.mark.parametrize("fill", [0, 255])
def test_a_layer_s_mask_applied_leaves_the_picture_as_it_looks(fill: int) -> None:
    content = with_own_mask(fill)
    layer = content.layers[1]
    applied = edits.apply_layer_mask(content, layer.id).content
    assert applied.layers[1].mask is None
    apart = flatten(applied).astype(int) - flatten(content)
    assert np.abs(apart).max() <= 1
    area = Area(-300, -300, 700, 700)
    before, after = layer.image.read(area), applied.layers[1].image.read(area)
    assert np.array_equal(after[after[..., 3] > 0][:, :3], before[after[..., 3] > 0][:, :3])


def test_a_layer_without_a_mask_has_nothing_to_invert_or_apply() -> None:
    content = Document.of_picture(noise(30, 20, 3)).content
    for edit in (edits.invert_layer_mask, edits.apply_layer_mask):
        assert edit(content, content.layers[0].id).content is content
