from __future__ import annotations

import gc
import weakref

import numpy as np

from studio.document import Content, Document, Edit, EditLog, Layer, TiledImage, edits
from studio.document.tiles import TILE
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from tests.support.documents import noise

TILE_BYTES = TILE * TILE * 4


def bounded(pixels: Pixels, tiles: int) -> Document:
    document = Document.of_picture(pixels)
    document.log.memory_bytes = tiles * TILE_BYTES
    return document


def painted(content: Content, seed: int, tiles: int = 1) -> Edit:
    """Other pixels in the first tiles of the only layer."""
    image = TiledImage.of(noise(TILE * tiles, TILE, seed=seed))
    return edits.set_layer_image(content, content.layers[0].id, image, f"Paint {seed}")


def test_the_oldest_are_dropped_beyond_the_bound() -> None:
    document = bounded(noise(TILE, TILE), 3)
    for seed in range(10):
        document.do(painted(document.content, seed))
        assert document.log.bytes <= 3 * TILE_BYTES
    assert [step.name for step in document.log.steps] == ["Paint 7", "Paint 8", "Paint 9"]
    while document.log.undo_name:
        document.undo()
    assert np.array_equal(
        document.content.layers[0].image.read(document.content.area), noise(TILE, TILE, seed=6)
    )


def test_the_newest_is_kept_whatever_it_holds() -> None:
    document = bounded(noise(TILE * 4, TILE), 1)
    document.do(painted(document.content, 1, tiles=4))
    assert document.log.undo_name == "Paint 1"
    assert document.log.bytes == 4 * TILE_BYTES


def test_dropped_steps_let_go_of_their_tiles() -> None:
    document = bounded(noise(TILE, TILE), 1)
    tile = document.content.layers[0].image.tile((0, 0))
    assert tile is not None
    gone = weakref.ref(tile)
    del tile
    for seed in range(3):
        document.do(painted(document.content, seed))
    gc.collect()
    assert gone() is None


def test_steps_count_what_they_replaced_and_redo_what_came_of_it() -> None:
    document = Document.of_picture(noise(TILE * 2, TILE))
    document.do(painted(document.content, 1, tiles=2))
    assert document.log.bytes == 2 * TILE_BYTES
    document.do(edits.remove_layer(document.content, document.content.layers[0].id))
    assert document.log.bytes == 4 * TILE_BYTES
    document.undo()
    document.undo()
    assert document.log.bytes == 2 * TILE_BYTES


def test_what_shares_its_pixels_costs_nothing() -> None:
    document = Document.of_picture(noise(TILE * 2, TILE))
    document.do(edits.duplicate_layer(document.content, document.content.layers[0].id))
    document.do(edits.set_opacity(document.content, document.content.layers[0].id, 0.5))
    document.do(edits.resize_canvas(document.content, Size(600, 600), 9, 9))
    assert document.log.bytes == 0
    document.do(edits.remove_layer(document.content, document.content.layers[1].id))
    assert document.log.bytes == 0


def test_a_new_edit_forgets_what_was_undone() -> None:
    document = Document.of_picture(noise(TILE, TILE))
    document.do(painted(document.content, 1))
    document.undo()
    assert document.log.redo_name == "Paint 1"
    document.do(painted(document.content, 2))
    assert (document.log.undo_name, document.log.redo_name) == ("Paint 2", None)
    assert document.log.bytes == TILE_BYTES


def test_a_slider_is_one_step_until_it_is_let_go() -> None:
    document = Document.of_picture(noise(TILE, TILE))
    layer = document.content.layers[0].id
    for opacity in (0.9, 0.8, 0.7):
        document.do(edits.set_opacity(document.content, layer, opacity))
    assert len(document.log.steps) == 1
    document.log.end_merging()
    document.do(edits.set_opacity(document.content, layer, 0.2))
    assert len(document.log.steps) == 2
    document.undo()
    assert document.content.layers[0].opacity == 0.7
    document.undo()
    assert document.content.layers[0].opacity == 1
    document.redo()
    document.do(edits.set_opacity(document.content, layer, 0.1))
    assert len(document.log.steps) == 2


def test_others_between_end_the_merging() -> None:
    document = Document.of_picture(noise(TILE, TILE))
    layer = document.content.layers[0].id
    document.do(edits.set_opacity(document.content, layer, 0.5))
    document.do(edits.set_prompt(document.content, "an owl"))
    document.do(edits.set_opacity(document.content, layer, 0.4))
    names = [step.name for step in document.log.steps]
    assert names == ["Layer opacity", "Prompt", "Layer opacity"]


def test_it_says_when_it_changed() -> None:
    log = EditLog()
    heard: list[str | None] = []
    log.changed.connect(lambda: heard.append(log.undo_name))
    before = Content(Size(9, 9))
    log.add(Edit("Add layer", Content(Size(9, 9), (Layer("one"),))), before)
    log.undo()
    log.undo()
    log.redo()
    log.clear()
    assert heard == ["Add layer", None, "Add layer", None]
