"""Whatever is done: undoing all of it brings back each byte, and doing it again too."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from studio.document import (
    BlendMode,
    Brush,
    Content,
    Document,
    Edit,
    Pyramid,
    Stroke,
    StrokePoint,
    Target,
    edits,
)
from studio.document.rendering.composite import flatten, premultiplied
from studio.domain.geometry import Box, Size
from tests.support.documents import few, noise

Bytes = tuple[object, ...]
_layer = st.integers(0, 3)
_place = st.integers(-40, 320)


def all_bytes(content: Content) -> Bytes:
    """Everything in a document but which layer is active, comparable."""
    return (
        content.size,
        content.working_area,
        content.prompt,
        content.mask.read(content.area).tobytes(),
        tuple(
            (
                layer.id, layer.name, layer.kind, layer.opacity, layer.visible, layer.blend_mode,
                layer.x, layer.y, layer.bounds,
                layer.image.read(layer.image.tiled_area).tobytes(),
                None if layer.mask is None else layer.mask.read(layer.image.tiled_area).tobytes(),
            )
            for layer in content.layers
        ),
    )  # fmt: skip


class Editing(RuleBasedStateMachine):
    """Random edits; remembers what the document was like after each step."""

    @initialize(seed=st.integers(0, 5))
    def begin(self, seed: int) -> None:
        self.document = Document.of_picture(noise(300, 270, 3, seed))
        self.pyramid = Pyramid(self.document)
        self.states = [all_bytes(self.document.content)]

    def done(self) -> None:
        log = self.document.log
        del self.states[log.done :]
        self.states.append(all_bytes(self.document.content))

    def do(self, edit: Callable[[Content], Edit]) -> None:
        steps = self.document.log.done
        self.document.log.end_merging()
        self.document.do(edit(self.document.content))
        if self.document.log.done > steps:
            self.done()

    def layer(self, place: int) -> str:
        layers = self.document.content.layers
        return layers[place % len(layers)].id

    def has_layers(self) -> bool:
        return bool(self.document.content.layers)

    @precondition(has_layers)
    @rule(
        way=st.lists(st.tuples(_place, _place), min_size=1, max_size=3),
        size=st.floats(1, 50),
        surface=st.sampled_from([Target.LAYER, Target.MASK]),
        erase=st.booleans(),
    )
    def paint(self, way: list[tuple[int, int]], size: float, surface: Target, erase: bool) -> None:
        steps = self.document.log.done
        stroke = Stroke(self.document, Brush(size), surface, (9, 99, 199), erase, size > 25)
        stroke.extend([StrokePoint(x, y) for x, y in way])
        stroke.finish()
        if self.document.log.done > steps:
            self.done()

    @rule()
    def add(self) -> None:
        self.do(edits.add_paint_layer)

    @rule(x=_place, y=_place, masked=st.booleans())
    def generate(self, x: int, y: int, masked: bool) -> None:
        mask = noise(60, 50, 1, seed=3) if masked else None
        self.do(lambda c: edits.add_generated(c, noise(60, 50, 3, x + 50), mask, "result", x, y))

    @precondition(has_layers)
    @rule(
        place=_layer,
        edit=st.sampled_from(
            [
                edits.remove_layer,
                edits.duplicate_layer,
                edits.mask_layer,
                edits.mask_from_alpha,
                edits.mask_from_luminance,
                lambda c, i: edits.move_in_order(c, i, 1),
                lambda c, i: edits.rename_layer(c, i, "new"),
                lambda c, i: edits.set_opacity(c, i, 0.4),
                lambda c, i: edits.set_visible(c, i, False),
                lambda c, i: edits.set_visible(c, i, True),
                lambda c, i: edits.set_blend_mode(c, i, BlendMode.OVERLAY),
                lambda c, i: edits.move_layer(c, i, -31, 17),
                lambda c, i: edits.set_layer_mask(c, i, None),
                lambda c, i: edits.transform_layer(c, i, edits.Transform(0.5, -0.7, 30)),
                edits.flip_layer,
            ]
        ),
    )
    def change_layer(self, place: int, edit: Callable[[Content, str], Edit]) -> None:
        layer_id = self.layer(place)
        self.do(lambda content: edit(content, layer_id))

    @precondition(lambda self: len(self.document.content.layers) > 1)
    @rule()
    def merge(self) -> None:
        self.do(lambda content: edits.merge_down(content, content.layers[1].id))

    @rule(
        edit=st.sampled_from(
            [
                edits.flatten_document,
                edits.clear_mask,
                edits.fill_mask,
                edits.invert_mask,
                lambda c: edits.grow_mask(c, 5),
                lambda c: edits.shrink_mask(c, 5),
                lambda c: edits.feather_mask(c, 8),
                lambda c: edits.set_prompt(c, "an owl"),
                lambda c: edits.set_working_area(c, Box(3, 4, 20, 20)),
                lambda c: edits.crop(c, Box(7, 9, c.size.width - 8, c.size.height - 10)),
                lambda c: edits.resize_canvas(c, Size(280, 310), 5, -6),
            ]
        )
    )
    def change_document(self, edit: Callable[[Content], Edit]) -> None:
        if min(self.document.size.width, self.document.size.height) > 50:
            self.do(edit)

    @rule()
    def undo(self) -> None:
        self.document.undo()

    @rule()
    def redo(self) -> None:
        self.document.redo()

    @precondition(has_layers)
    @rule(place=_layer)
    def activate(self, place: int) -> None:
        self.document.activate(self.layer(place))

    @invariant()
    def each_state_is_what_it_was(self) -> None:
        if hasattr(self, "document"):
            done = self.document.log.done
            assert all_bytes(self.document.content) == self.states[done]
            assert self.document.shown is self.document.content

    @invariant()
    def the_screen_is_true(self) -> None:
        if hasattr(self, "document"):
            tile = self.pyramid.tile(0, (0, 0))
            area = self.document.content.area
            true = premultiplied(self.document.content.layers, area)[:256, :256]
            assert np.array_equal(tile[: true.shape[0], : true.shape[1]], true)

    def teardown(self) -> None:
        if not hasattr(self, "document"):
            return
        last = all_bytes(self.document.content)
        at = self.document.log.done
        while self.document.log.undo_name:
            self.document.undo()
        assert all_bytes(self.document.content) == self.states[0]
        picture = flatten(self.document.content)
        while self.document.log.done < at:
            self.document.redo()
        assert all_bytes(self.document.content) == last
        assert picture.shape[2] == 4


TestEditing = Editing.TestCase
TestEditing.settings = settings(few, max_examples=12, stateful_step_count=20)
