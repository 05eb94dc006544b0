from __future__ import annotations

from dataclasses import replace
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document import (
    Area,
    Brush,
    Change,
    Document,
    Layer,
    Stroke,
    StrokePoint,
    Target,
    TiledImage,
    edits,
)
from studio.document.rendering.composite import flatten
from studio.domain.events import Pixels
from studio.domain.geometry import Box, Size
from tests.support.documents import few, noise

RED = (255, 0, 0)
points = st.lists(
    st.builds(
        StrokePoint, st.floats(-20, 340), st.floats(-20, 300), st.floats(0.1, 1)
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip
brushes = st.builds(
    Brush,
    st.floats(1, 60),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.sampled_from([0.3, 1.0]),
    st.sampled_from([0.2, 1.0]),
    st.sampled_from([0.1, 0.5]),
    st.booleans(),
    st.booleans(),
)
targets = st.sampled_from(Target)


def document() -> Document:
    """A picture and above it a layer, moved, with pixels, gaps and its own mask."""
    drawn = Document.of_picture(noise(320, 280, 3))
    half = TiledImage.of(noise(300, 130, 1), fill=255)
    layer = Layer("above", TiledImage.of(noise(290, 100, seed=1)), mask=half, x=25, y=-9)
    drawn.do(edits.add_layer(drawn.content, layer))
    return drawn


def everything(drawn: Document) -> list[Pixels]:
    """All pixels that strokes could change, whichever is their target."""
    content = drawn.content
    images = [content.mask, *(layer.image for layer in content.layers)]
    images += [layer.mask for layer in content.layers if layer.mask is not None]
    return [image.read(Area(-100, -100, 500, 500)) for image in images]


def same(one: list[Pixels], other: list[Pixels]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@few
@given(points, brushes, targets, st.booleans())
def test_it_can_be_undone_to_the_byte_and_done_again(
    way: list[StrokePoint], brush: Brush, target: Target, erase: bool
) -> None:
    drawn = document()
    before, steps = everything(drawn), drawn.log.done
    stroke = Stroke(drawn, brush, target, RED, erase)
    stroke.extend(way)
    stroke.finish()
    after = everything(drawn)
    assert drawn.log.done == steps + (not same(before, after))
    if drawn.log.done > steps:
        drawn.undo()
        assert same(everything(drawn), before)
        drawn.redo()
        assert same(everything(drawn), after)


@few
@given(points, brushes, targets, st.booleans(), st.data())
def test_how_many_points_come_at_once_changes_nothing(
    way: list[StrokePoint], brush: Brush, target: Target, erase: bool, data: st.DataObject
) -> None:
    together, apart = document(), document()
    stroke = Stroke(together, brush, target, RED, erase)
    stroke.extend(way)
    stroke.finish()
    stroke = Stroke(apart, brush, target, RED, erase)
    split = data.draw(st.integers(0, len(way)))
    stroke.extend(way[:split])
    for point in way[split:]:
        stroke.extend([point])
    stroke.finish()
    assert same(everything(together), everything(apart))


@few
@given(points, brushes, targets, st.booleans())
def test_what_is_shown_meanwhile_is_what_is_done(
    way: list[StrokePoint], brush: Brush, target: Target, erase: bool
) -> None:
    drawn = document()
    before = everything(drawn)
    stroke = Stroke(drawn, brush, target, RED, erase)
    for point in way:
        pixels, mask = flatten(drawn.shown), drawn.shown.mask.read(drawn.shown.area)
        box = stroke.extend([point])
        changed = (flatten(drawn.shown) != pixels).any(axis=2)
        changed |= drawn.shown.mask.read(drawn.shown.area) != mask
        if box is not None:
            changed[box.slices] = False
        assert not changed.any()
    assert same(everything(drawn), before)
    stroke.finish()
    assert np.array_equal(flatten(drawn.shown), flatten(drawn.content))
    assert drawn.shown is drawn.content


@few
@given(points, brushes, st.booleans())
def test_a_cancelled_one_leaves_nothing(way: list[StrokePoint], brush: Brush, erase: bool) -> None:
    drawn = document()
    before, content = everything(drawn), drawn.content
    shown = flatten(drawn.shown)
    stroke = Stroke(drawn, brush, colour=RED, erase=erase)
    stroke.extend(way)
    stroke.cancel()
    assert drawn.content is content
    assert same(everything(drawn), before)
    assert np.array_equal(flatten(drawn.shown), shown)


@few
@given(points, st.floats(2, 60), st.sampled_from([0.2, 0.5]), st.sampled_from([0.1, 1.0]))
def test_opacity_bounds_the_whole_stroke(
    way: list[StrokePoint], size: float, opacity: float, flow: float
) -> None:
    drawn = Document.blank(Size(320, 280))
    stroke = Stroke(drawn, Brush(size, 0.5, opacity, flow), colour=RED)
    stroke.extend([*way, *reversed(way), *way])
    stroke.finish()
    assert flatten(drawn.content)[..., 3].max() <= round(opacity * 255)


def test_flow_builds_up_to_the_opacity() -> None:
    covered = []
    for passes in (1, 3, 40):
        drawn = Document.blank(Size(100, 40))
        stroke = Stroke(drawn, Brush(20, 1, 0.8, 0.05, 0.5), colour=RED)
        for _ in range(passes):
            stroke.extend([StrokePoint(20, 20), StrokePoint(80, 20)])
        stroke.finish()
        covered.append(int(flatten(drawn.content)[20, 50, 3]))
    assert covered[0] < covered[1] < covered[2]
    assert covered[2] == pytest.approx(0.8 * 255, abs=2)


def test_a_stroke_is_as_wide_as_the_brush_and_has_no_gaps() -> None:
    drawn = Document.blank(Size(600, 100))
    stroke = Stroke(drawn, Brush(30, hardness=1), colour=RED)
    stroke.extend([StrokePoint(50, 50), StrokePoint(550, 50)])
    stroke.finish()
    alpha = flatten(drawn.content)[..., 3]
    assert (alpha[50, 40:560] == 255).all()
    widths = (alpha[:, 60:540] > 127).sum(axis=0)
    assert widths.min() >= 29
    assert widths.max() <= 31


def test_erasing_takes_alpha_and_leaves_colour() -> None:
    drawn = Document.of_picture(noise(100, 100, 3))
    stroke = Stroke(drawn, Brush(30, hardness=1), erase=True)
    stroke.extend([StrokePoint(50, 50)])
    stroke.finish()
    pixels = drawn.content.layers[0].image.read(Box(0, 0, 100, 100))
    assert pixels[50, 50, 3] == 0
    assert np.array_equal(pixels[..., :3], noise(100, 100, 3))
    assert drawn.log.undo_name == "Erase"


def test_the_mask_keeps_the_stroke_inside() -> None:
    drawn = Document.of_picture(noise(300, 100, 3))
    mask = np.zeros((100, 300), np.uint8)
    mask[:, 140:] = 255
    drawn.do(edits.set_mask(drawn.content, mask))
    before = flatten(drawn.content)
    stroke = Stroke(drawn, Brush(60), colour=RED, within_mask=True)
    stroke.extend([StrokePoint(100, 50), StrokePoint(290, 50)])
    stroke.finish()
    after = flatten(drawn.content)
    assert np.array_equal(after[:, :140], before[:, :140])
    assert (after[50, 150:280, :3] == RED).all()


def test_an_empty_mask_keeps_nothing_out() -> None:
    drawn = Document.of_picture(noise(60, 60, 3))
    stroke = Stroke(drawn, Brush(20), colour=RED, within_mask=True)
    stroke.extend([StrokePoint(30, 30)])
    stroke.finish()
    assert tuple(flatten(drawn.content)[30, 30, :3]) == RED


def test_undo_keeps_only_the_tiles_touched() -> None:
    drawn = Document.of_picture(noise(1024, 1024, 3))
    stroke = Stroke(drawn, Brush(50), colour=RED)
    stroke.extend([StrokePoint(300, 300), StrokePoint(700, 300)])
    stroke.finish()
    assert drawn.log.bytes == 2 * 256 * 256 * 4


def test_nothing_painted_is_no_step() -> None:
    drawn = Document.of_picture(np.full((60, 60, 3), 255, np.uint8))
    heard: list[Change] = []
    stroke = Stroke(drawn, Brush(20), colour=(255, 255, 255))
    stroke.extend([StrokePoint(30, 30), StrokePoint(50, 30)])
    stroke.finish()
    assert drawn.log.undo_name is None
    assert not drawn.is_modified
    drawn.changed.connect(heard.append)
    Stroke(drawn, Brush(20), colour=RED).extend([StrokePoint(500, 500)])
    assert heard == []


def test_what_lands_meanwhile_stays() -> None:
    drawn = Document.of_picture(noise(100, 100, 3))
    stroke = Stroke(drawn, Brush(10), colour=RED)
    stroke.extend([StrokePoint(10, 10), StrokePoint(20, 10)])
    generated = edits.add_generated(drawn.content, noise(30, 30, 3), None, "result", 60, 60)
    drawn.do(generated)
    stroke.extend([StrokePoint(40, 10)])
    assert tuple(flatten(drawn.shown)[10, 10, :3]) == RED
    stroke.finish()
    assert [layer.name for layer in drawn.content.layers] == ["Picture", "result"]
    pixels = flatten(drawn.content)
    assert tuple(pixels[10, 10, :3]) == RED
    assert np.array_equal(pixels[60:90, 60:90, :3], noise(30, 30, 3))
    assert [step.name for step in drawn.log.steps] == ["Apply generation", "Brush stroke"]


def test_a_layer_removed_meanwhile_ends_the_stroke() -> None:
    drawn = document()
    stroke = Stroke(drawn, Brush(10), colour=RED)
    stroke.extend([StrokePoint(100, 50)])
    drawn.do(edits.remove_layer(drawn.content, drawn.content.layers[1].id))
    picture = flatten(drawn.shown)
    stroke.extend([StrokePoint(150, 50), StrokePoint(200, 50)])
    stroke.finish()
    assert np.array_equal(flatten(drawn.shown), picture)
    assert drawn.log.undo_name == "Remove layer"


def test_a_layer_moved_meanwhile_ends_the_stroke() -> None:
    drawn = document()
    stroke = Stroke(drawn, Brush(10), colour=RED)
    stroke.extend([StrokePoint(100, 50)])
    drawn.do(edits.move_layer(drawn.content, drawn.content.layers[1].id, 60, 60))
    picture = flatten(drawn.shown)
    stroke.extend([StrokePoint(150, 50), StrokePoint(200, 50)])
    stroke.finish()
    assert np.array_equal(flatten(drawn.shown), picture)
    assert drawn.log.undo_name == "Move layer"


def test_a_hidden_layer_is_painted_without_drawing_the_picture_anew() -> None:
    drawn = document()
    drawn.do(edits.set_visible(drawn.content, drawn.content.layers[1].id, False))
    heard: list[Change] = []
    drawn.changed.connect(heard.append)
    stroke = Stroke(drawn, Brush(10), colour=RED)
    stroke.extend([StrokePoint(100, 50)])
    stroke.finish()
    assert [change.damage for change in heard] == [None]
    assert heard[0].pixels[0][0] == drawn.content.layers[1].id


def test_no_point_follows_the_end() -> None:
    drawn = Document.of_picture(noise(60, 60, 3))
    stroke = Stroke(drawn, Brush(20), colour=RED)
    stroke.extend([StrokePoint(20, 20)])
    stroke.finish()
    after = flatten(drawn.content)
    with pytest.raises(ValueError, match="read-only"):
        stroke.extend([StrokePoint(40, 40), StrokePoint(10, 40)])
    assert np.array_equal(flatten(drawn.content), after)


def test_there_must_be_something_to_paint_on() -> None:
    drawn = Document.blank(Size(10, 10))
    with pytest.raises(ValueError, match="no mask of its own"):
        Stroke(drawn, Brush(), Target.LAYER_MASK)
    empty = Document(replace(drawn.content, layers=(), active_id=None))
    with pytest.raises(ValueError, match="no layer is active"):
        Stroke(empty, Brush())


def only_the_top_has_a_mask(fill: int) -> Document:
    drawn = document()
    layer = drawn.content.layers[1]
    mask = TiledImage.of(noise(300, 130, 1), fill=fill)
    return Document(drawn.content.with_layer(replace(layer, mask=mask)))


@few
@given(points, brushes, st.booleans(), st.sampled_from([0, 255]), st.integers(0, 255))
def test_painting_on_a_layer_s_mask_changes_that_mask_alone_and_only_under_the_stroke(
    way: list[StrokePoint], brush: Brush, erase: bool, fill: int, grey: int
) -> None:
    drawn = only_the_top_has_a_mask(fill)
    before, seen = drawn.content, flatten(drawn.content)
    stroke = Stroke(drawn, brush, Target.LAYER_MASK, (grey, grey, grey), erase)
    stroke.extend(way)
    stroke.finish()
    after = drawn.content
    assert [layer.image for layer in after.layers] == [layer.image for layer in before.layers]
    assert after.mask is before.mask
    assert after.layers[0] is before.layers[0]
    layer, old = after.layers[1], before.layers[1]
    assert layer.mask is not None
    assert old.mask is not None
    area = Area(-100, -100, 500, 500)
    changed = layer.mask.read(area) != old.mask.read(area)
    value = 0 if erase else grey
    nearer = np.abs(layer.mask.read(area).astype(int) - value)
    assert (nearer <= np.abs(old.mask.read(area).astype(int) - value)).all()
    reach = brush.size_px / 2 + 2
    left, top = (min(place) - reach for place in ([p.x for p in way], [p.y for p in way]))
    right, bottom = (max(place) + reach for place in ([p.x for p in way], [p.y for p in way]))
    around = Area(floor(left), floor(top), ceil(right), ceil(bottom)).common(after.area)
    if not around.is_empty:
        changed[around.moved(-layer.x - area.x, -layer.y - area.y).slices] = False
    assert not changed.any()
    assert drawn.log.undo_name in (None, "Paint layer mask", "Erase layer mask")
    drawn.undo()
    assert np.array_equal(flatten(drawn.content), seen)


@pytest.mark.parametrize(
    ("colour", "erase", "value"),
    [
        ((255, 255, 255), False, 255),
        ((0, 0, 0), False, 0),
        ((255, 0, 0), False, 76),
        ((255, 255, 255), True, 0),
    ],
)
def test_on_a_layer_s_mask_white_reveals_and_black_hides(
    colour: tuple[int, int, int], erase: bool, value: int
) -> None:
    drawn = Document.of_picture(noise(100, 100, 3))
    drawn.do(edits.mask_layer(drawn.content, drawn.content.layers[0].id))
    half = TiledImage.of(np.full((100, 100), 128, np.uint8))
    drawn.do(edits.set_layer_mask(drawn.content, drawn.content.layers[0].id, half))
    stroke = Stroke(drawn, Brush(30, hardness=1), Target.LAYER_MASK, colour, erase)
    stroke.extend([StrokePoint(50, 50)])
    assert flatten(drawn.shown)[50, 50, 3] == value
    stroke.finish()
    assert flatten(drawn.content)[50, 50, 3] == value
    assert flatten(drawn.content)[5, 5, 3] == 128
