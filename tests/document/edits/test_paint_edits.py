from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document import Content, Document, Layer, Target, TiledImage, edits
from studio.document.painting.mixing import erased, masked, painted
from studio.document.rendering.composite import flatten
from studio.domain.geometry import Box, Size
from tests.support.documents import few, noise

GREEN = (0, 128, 0)


@few
@given(st.integers(0, 200), st.integers(0, 200), st.floats(0, 1))
def test_an_area_is_filled_as_far_as_its_cover(x: int, y: int, opacity: float) -> None:
    content = Document.of_picture(noise(300, 280, 3)).content
    box, cover = Box(x, y, 70, 60), noise(70, 60, 1, seed=5)
    after = flatten(edits.fill_area(content, box, cover, GREEN, opacity=opacity).content)
    before = flatten(content)
    share = cover[..., None] / 255 * opacity
    expected = before[box.slices][..., :3] * (1 - share) + np.array(GREEN) * share
    assert np.abs(after[box.slices][..., :3] - expected).max() < 0.51
    after[box.slices] = before[box.slices]
    assert np.array_equal(after, before)


def test_delete_empties_what_is_covered() -> None:
    content = Document.of_picture(noise(50, 50, 3)).content
    edit = edits.fill_area(content, Box(10, 10, 5, 5), np.full((5, 5), 255, np.uint8), None)
    assert edit.name == "Delete"
    assert not flatten(edit.content)[10:15, 10:15, 3].any()


def test_moved_layers_and_masks_are_filled_where_they_lie() -> None:
    layer = Layer("moved", mask=TiledImage(1, 255), x=-30, y=40)
    content = Content(Size(100, 100), (layer,), layer.id)
    box, cover = Box(20, 50, 10, 10), np.full((10, 10), 255, np.uint8)
    filled = edits.fill_area(content, box, cover, GREEN).content
    assert tuple(flatten(filled)[55, 25]) == (*GREEN, 255)
    hidden = edits.fill_area(filled, box, cover, None, Target.LAYER_MASK).content
    assert not flatten(hidden).any()
    masked_all = edits.fill_area(content, box, cover, GREEN, Target.MASK).content
    assert masked_all.mask.bounds().box(content.size) == box


def test_nothing_active_is_nothing_to_fill() -> None:
    with pytest.raises(ValueError, match="no layer is active"):
        edits.fill_area(Content(Size(9, 9)), Box(0, 0, 1, 1), np.zeros((1, 1), np.uint8), GREEN)


@few
@given(st.integers(0, 99))
def test_no_cover_changes_no_byte_and_a_full_one_all(seed: int) -> None:
    before = noise(20, 20, 4, seed)
    nothing, all_of_it = np.zeros((20, 20), np.float32), np.ones((20, 20), np.float32)
    assert np.array_equal(erased(before, nothing), before)
    assert not erased(before, all_of_it)[..., 3].any()
    seen = before[..., 3] > 0
    assert np.array_equal(painted(before, nothing, GREEN)[seen], before[seen])
    assert (painted(before, all_of_it, GREEN) == (*GREEN, 255)).all()
    mask = before[..., 0]
    assert np.array_equal(masked(mask, nothing, 255), mask)
    assert (masked(mask, all_of_it, 7) == 7).all()


@pytest.mark.parametrize("colour", [GREEN, None])
@pytest.mark.parametrize("target", [Target.LAYER, Target.LAYER_MASK])
@pytest.mark.parametrize("masked_part", [True, False])
def test_what_is_masked_is_filled_or_emptied(
    colour: tuple[int, int, int] | None, target: Target, masked_part: bool
) -> None:
    own = TiledImage.of(noise(250, 250, 1, seed=4), fill=255)
    layer = Layer("moved", TiledImage.of(noise(290, 270)), mask=own, x=-30, y=40)
    content = Content(Size(300, 280), (layer,), layer.id)
    cover = np.full((280, 300), 255, np.uint8)
    if masked_part:
        cover = np.zeros((280, 300), np.uint8)
        cover[20:200, 10:270] = noise(260, 180, 1, seed=5)
        content = edits.set_mask(content, cover).content
    expected = edits.fill_area(content, Box(0, 0, 300, 280), cover, colour, target)
    edit = edits.fill_masked(content, colour, target)
    assert edit.name == expected.name
    assert np.array_equal(flatten(edit.content), flatten(expected.content))
    after = edit.content.layers[0]
    assert (after.image is layer.image) == (target is Target.LAYER_MASK)
    assert (after.mask is layer.mask) == (target is Target.LAYER)
