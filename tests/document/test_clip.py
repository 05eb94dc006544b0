"""What is copied and cut, and where it comes back to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.document import Content, Document, Layer, TiledImage, flatten
from studio.document.clip import copied, copied_merged, cut
from studio.document.edits import add_picture, remove_layer, set_mask
from studio.domain.geometry import Box, Size
from tests.support.documents import contents, few, noise

PLACE = Box(30, 40, 100, 60)


def masked(content: Content, seed: int | None = 3) -> Content:
    """With a mask in PLACE: all white, or noise."""
    mask = np.zeros((content.size.height, content.size.width), np.uint8)
    mask[PLACE.slices] = 255 if seed is None else noise(PLACE.width, PLACE.height, 1, seed)
    mask[PLACE.y, PLACE.x] = mask[PLACE.bottom - 1, PLACE.right - 1] = 255
    return set_mask(content, mask).content


@few
@given(contents(), st.integers(0, 9))
def test_what_is_seen_under_the_mask_is_copied_with_the_mask_s_alpha(
    content: Content, seed: int
) -> None:
    content = masked(content, seed)
    clip, seen = copied(content), flatten(content, PLACE)
    mask = content.mask.read(PLACE).astype(int)
    alpha = np.round(seen[..., 3] * mask / 255)
    if clip is None:
        assert not alpha.any()
        return
    assert (clip.x, clip.y) == (PLACE.x, PLACE.y)
    assert np.array_equal(clip.pixels[..., :3], seen[..., :3])
    assert np.abs(clip.pixels[..., 3] - alpha).max() <= 0.5
    merged = copied_merged(content)
    assert merged is not None
    assert np.array_equal(merged.pixels, clip.pixels)


def test_without_a_mask_it_is_the_active_layer_wherever_it_lies() -> None:
    pixels = noise(80, 50)
    pixels[0, 0, 3] = pixels[-1, -1, 3] = 255
    layer = Layer("above", TiledImage.of(pixels), opacity=0.5, visible=False, x=-20, y=10)
    content = Document.of_picture(noise(200, 150, 3)).content
    content = replace(content, layers=(*content.layers, layer), active_id=layer.id)
    clip = copied(content)
    assert clip is not None
    assert (clip.x, clip.y) == (-20, 10)
    assert np.array_equal(clip.pixels, pixels)
    merged = copied_merged(content)
    assert merged is not None
    assert np.array_equal(merged.pixels, flatten(content))


def test_nothing_is_copied_where_nothing_is() -> None:
    empty = Document.blank(Size(200, 150)).content
    assert copied(empty) is None
    assert copied(masked(empty)) is None
    assert copied_merged(empty) is None
    assert cut(empty) is None
    assert cut(remove_layer(empty, empty.layers[0].id).content) is None


def test_what_was_cut_and_put_back_looks_as_before() -> None:
    below = noise(200, 150, 3)
    content = masked(Document.of_picture(below).content, seed=None)
    taken = cut(content)
    assert taken is not None
    clip, edit = taken
    assert edit.name == "Cut"
    left = flatten(edit.content)[..., 3]
    assert not left[PLACE.slices].any()
    assert left.sum() == 255 * (200 * 150 - PLACE.width * PLACE.height)
    back = add_picture(edit.content, clip.pixels, "Pasted", clip.x, clip.y).content
    assert np.array_equal(flatten(back), flatten(content))


def test_only_the_active_layer_is_cut_and_without_a_mask_all_of_it() -> None:
    content = Document.of_picture(noise(200, 150, 3)).content
    content = add_picture(content, noise(100, 90, 3), "above", -30, 70).content
    taken = cut(content)
    assert taken is not None
    clip, edit = taken
    assert (clip.x, clip.y, clip.pixels.shape) == (-30, 70, (90, 100, 4))
    assert edit.content.layers[1].image.count == 0
    assert edit.content.layers[0] is content.layers[0]
    parted = cut(masked(content))
    assert parted is not None
    assert parted[1].content.layers[0] is content.layers[0]
