from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document import Area, BlendMode, Content, Document, Layer, LayerKind, TiledImage, edits
from studio.document.rendering.composite import flatten, premultiplied
from studio.domain.geometry import Size
from tests.support.documents import contents, few, noise


def names(content: Content) -> list[str]:
    return [layer.name for layer in content.layers]


@pytest.fixture
def content() -> Content:
    stack = tuple(Layer(name) for name in "abc")
    return Content(Size(300, 280), stack, stack[1].id)


def test_a_new_layer_lies_above_the_active_one(content: Content) -> None:
    after = edits.add_layer(content, Layer("new")).content
    assert names(after) == ["a", "b", "new", "c"]
    assert after.active is after.layers[2]


def test_paint_layers_are_numbered(content: Content) -> None:
    for _ in range(3):
        content = edits.add_paint_layer(content).content
    assert names(content) == ["a", "b", "Layer 1", "Layer 2", "Layer 3", "c"]
    content = edits.remove_layer(content, content.layers[3].id).content
    assert "Layer 2" in names(edits.add_paint_layer(content).content)


def test_the_neighbour_below_becomes_active_when_one_is_removed(content: Content) -> None:
    content = edits.remove_layer(content, content.layers[1].id).content
    assert (names(content), content.active) == (["a", "c"], content.layers[0])
    content = edits.remove_layer(content, content.layers[0].id).content
    assert content.active is content.layers[0]
    content = edits.remove_layer(content, content.layers[0].id).content
    assert content.active_id is None
    assert edits.add_paint_layer(content).content.active is not None


@pytest.mark.parametrize(
    ("layer", "to", "order"),
    [(0, 2, "bca"), (2, 0, "cab"), (1, 1, "abc"), (0, 99, "bca"), (2, -5, "cab")],
)
def test_moving_in_order(content: Content, layer: int, to: int, order: str) -> None:
    after = edits.move_in_order(content, content.layers[layer].id, to).content
    assert "".join(names(after)) == order


def test_a_duplicate_shares_the_pixels() -> None:
    document = Document.of_picture(noise(300, 280))
    after = edits.duplicate_layer(document.content, document.content.layers[0].id).content
    one, other = after.layers
    assert one.id != other.id
    assert other.image is one.image
    assert (other.name, after.active) == ("Picture copy", other)


def test_what_a_model_painted_lies_above_and_leaves_the_rest() -> None:
    content = Document.of_picture(noise(300, 280, 3)).content
    mask = np.zeros((40, 50), np.uint8)
    mask[10:30, 10:40] = 255
    after = edits.add_generated(content, noise(50, 40, 3, 1), mask, "owl", 100, 200).content
    layer = after.layers[-1]
    assert (layer.kind, after.active, after.layers[0]) == (
        LayerKind.GENERATED, layer, content.layers[0]
    )  # fmt: skip
    expected = flatten(content)
    expected[210:230, 110:140, :3] = noise(50, 40, 3, 1)[10:30, 10:40]
    assert np.array_equal(flatten(after), expected)


@few
@given(contents(), st.integers(0, 3))
def test_merging_normal_layers_keeps_the_picture(content: Content, place: int) -> None:
    if len(content.layers) < 2:
        return
    stack = tuple(
        replace(layer, blend_mode=BlendMode.NORMAL, visible=True) for layer in content.layers
    )
    content = replace(content, layers=stack)
    upper = stack[1 + place % (len(stack) - 1)]
    after = edits.merge_down(content, upper.id).content
    assert len(after.layers) == len(stack) - 1
    apart = premultiplied(stack, content.area).astype(int)
    merged = premultiplied(after.layers, content.area).astype(int)
    assert np.abs(apart - merged).max() <= 2


def test_merging_into_an_opaque_layer_keeps_other_modes() -> None:
    content = Document.of_picture(noise(100, 80, 3)).content
    shade = Layer("shade", TiledImage.of(noise(60, 60)), blend_mode=BlendMode.MULTIPLY, x=30)
    content = edits.add_layer(content, shade).content
    after = edits.merge_down(content, shade.id).content
    assert names(after) == ["Picture"]
    assert np.abs(flatten(after).astype(int) - flatten(content)).max() <= 1


def test_opacities_and_masks_are_merged_into_the_pixels() -> None:
    half = TiledImage.of(np.full((50, 60), 128, np.uint8))
    lower = Layer("lower", TiledImage.of(noise(60, 50, 3)), mask=half, opacity=0.5)
    upper = Layer("upper", TiledImage.of(noise(60, 50, 3, 1)), mask=half, opacity=0.3, x=20)
    content = Content(Size(90, 60), (lower, upper), upper.id)
    merged = edits.merge_down(content, upper.id).content
    assert (merged.layers[0].opacity, merged.layers[0].mask) == (1, None)
    before, after = (premultiplied(each.layers, each.area) for each in (content, merged))
    assert np.abs(before.astype(int) - after).max() <= 1


def test_the_lowest_layer_has_none_to_merge_with(content: Content) -> None:
    with pytest.raises(ValueError, match="lowest"):
        edits.merge_down(content, content.layers[0].id)


@few
@given(contents())
def test_flattening_keeps_the_picture(content: Content) -> None:
    after = edits.flatten_document(content).content
    assert len(after.layers) == 1
    assert np.array_equal(flatten(after), flatten(content))


def test_moving_a_layer_keeps_what_leaves_the_document() -> None:
    content = Document.of_picture(noise(300, 280)).content
    layer = content.layers[0].id
    away = edits.move_layer(content, layer, 1000, -1000).content
    assert not flatten(away).any()
    back = edits.move_layer(away, layer, 0, 0).content
    assert np.array_equal(flatten(back), flatten(content))


def test_an_own_mask_hides_and_is_taken_off_again() -> None:
    content = Document.of_picture(noise(300, 280, 3)).content
    layer = content.layers[0].id
    half = TiledImage.of(np.full((280, 100), 255, np.uint8))
    masked = edits.set_layer_mask(content, layer, half).content
    assert not flatten(masked)[:, 100:].any()
    assert np.array_equal(flatten(masked)[:, :100], flatten(content)[:, :100])
    assert np.array_equal(
        flatten(edits.set_layer_mask(masked, layer, None).content), flatten(content)
    )


def test_opacity_is_a_share(content: Content) -> None:
    with pytest.raises(ValueError, match="opacity"):
        edits.set_opacity(content, content.layers[0].id, 1.5)


def test_a_picture_is_added_where_it_was_dropped() -> None:
    content = Document.blank(Size(100, 100)).content
    after = edits.add_picture(content, noise(10, 20, 3), "shell", 30, 40)
    assert after.name == "Add “shell”"
    assert after.content.layers[-1].bounds == Area(30, 40, 40, 60)
