from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studio.document import Change, Document, Layer, LayerKind, TiledImage, edits
from studio.document.rendering.composite import flatten
from studio.domain.errors import PictureError
from studio.domain.geometry import Box, Size
from tests.support.documents import noise


@pytest.fixture
def document() -> Document:
    return Document.of_picture(noise(300, 280, 3), "dunes", prompt="dunes at dusk")


@pytest.fixture
def heard(document: Document) -> list[Change]:
    changes: list[Change] = []
    document.changed.connect(changes.append)
    return changes


def test_a_picture_becomes_one_layer(document: Document) -> None:
    (layer,) = document.content.layers
    assert (layer.name, layer.kind) == ("dunes", LayerKind.PICTURE)
    assert document.content.active is layer
    assert document.size == Size(300, 280)
    assert document.content.prompt == "dunes at dusk"
    assert not document.is_modified


def test_a_blank_one_has_a_layer_to_paint_on() -> None:
    document = Document.blank(Size(64, 32))
    assert document.content.active is not None
    assert not flatten(document.content).any()


def test_too_large_a_picture_is_refused() -> None:
    with pytest.raises(PictureError, match="8193 × 2"):
        Document.blank(Size(8193, 2))
    assert Document.blank(Size(8192, 8192)).size.pixels == 2**26


def test_changes_say_what_and_where(document: Document, heard: list[Change]) -> None:
    layer = document.content.layers[0].id
    document.do(edits.write_mask(document.content, Box(10, 10, 5, 5), np.full((5, 5), 9, np.uint8)))
    assert heard.pop() == Change(mask=Box(0, 0, 256, 256))
    document.do(edits.rename_layer(document.content, layer, "sand"))
    assert heard.pop() == Change(layers=True)
    document.do(edits.set_opacity(document.content, layer, 0.5))
    assert heard.pop() == Change(layers=True, damage=Box(0, 0, 300, 280))
    document.do(edits.set_working_area(document.content, Box(0, 0, 64, 64)))
    assert heard.pop() == Change(working_area=True)
    document.do(edits.set_prompt(document.content, "dunes at noon"))
    assert heard.pop() == Change(prompt=True)
    document.do(edits.add_paint_layer(document.content))
    assert heard.pop() == Change(layers=True, active=True)
    document.activate(layer)
    assert heard.pop() == Change(active=True)
    square = TiledImage.of(noise(300, 280)).written(Box(270, 0, 3, 3), noise(3, 3, seed=2))
    document.do(edits.set_layer_image(document.content, layer, square, "Paint"))
    assert heard.pop() == Change(((layer, Box(0, 0, 300, 280)),), Box(0, 0, 300, 280))
    document.do(edits.crop(document.content, Box(0, 0, 100, 90)))
    assert heard.pop() == Change(
        damage=Box(0, 0, 100, 90), mask=Box(0, 0, 100, 90), layers=False, size=True
    )
    assert heard == []


def test_another_order_is_drawn_anew_where_the_moved_layers_lie(document: Document) -> None:
    for x in (20, 100, 200):
        document.do(edits.add_picture(document.content, noise(30, 30), f"at {x}", x, 260))
    heard: list[Change] = []
    document.changed.connect(heard.append)
    document.do(edits.move_in_order(document.content, document.content.layers[3].id, 2))
    assert heard == [Change(damage=Box(100, 260, 200, 20), layers=True)]


def test_nothing_is_said_where_nothing_changes(document: Document, heard: list[Change]) -> None:
    layer = document.content.layers[0]
    document.do(edits.rename_layer(document.content, layer.id, "dunes"))
    document.do(edits.move_in_order(document.content, layer.id, 5))
    document.do(edits.clear_mask(document.content))
    document.activate(layer.id)
    document.end_preview()
    document.undo()
    document.redo()
    assert heard == []
    assert document.log.undo_name is None


def test_a_preview_is_seen_but_not_done(document: Document, heard: list[Change]) -> None:
    layer = document.content.layers[0].id
    before = document.content
    document.preview(edits.move_layer(before, layer, 50, 60).content)
    assert heard.pop() == Change(layers=True, damage=Box(0, 0, 300, 280))
    assert document.content is before
    assert np.array_equal(flatten(document.shown)[60:, 50:, :3], noise(300, 280, 3)[:-60, :-50])
    document.end_preview()
    assert document.shown is before
    assert len(heard) == 1
    assert document.log.undo_name is None


def test_overlays_lie_over_whatever_is_done(document: Document) -> None:
    result = Layer("emerging", TiledImage.of(noise(30, 20, 3, seed=4), 10, 10))
    document.set_overlays((result,))
    assert np.array_equal(flatten(document.shown)[10:30, 10:40, :3], noise(30, 20, 3, seed=4))
    document.do(edits.set_opacity(document.content, document.content.layers[0].id, 0.2))
    assert np.array_equal(flatten(document.shown)[10:30, 10:40, :3], noise(30, 20, 3, seed=4))
    assert [layer.name for layer in document.content.layers] == ["dunes"]
    document.set_overlays(())
    assert document.shown is document.content


def test_modified_is_what_differs_from_the_file(document: Document) -> None:
    names: list[str] = []
    document.named.connect(lambda: names.append(document.name))
    document.do(edits.set_prompt(document.content, "sea"))
    assert document.is_modified
    document.undo()
    assert not document.is_modified
    document.redo()
    document.saved_as(Path("/somewhere/sea.ora"), document.content)
    assert not document.is_modified
    assert (document.name, names) == ("sea", ["sea"])
    document.do(edits.add_paint_layer(document.content))
    document.undo()
    document.activate(document.content.layers[0].id)
    assert not document.is_modified


def test_activating_a_layer_modifies_nothing(document: Document) -> None:
    first = document.content.layers[0].id
    document.do(edits.add_paint_layer(document.content))
    document.saved_as(Path("dunes.ora"), document.content)
    document.activate(first)
    assert not document.is_modified
    document.do(edits.set_prompt(document.content, "sea"))
    document.activate(document.content.layers[1].id)
    assert document.is_modified


def test_saving_meanwhile_keeps_later_edits_unsaved(document: Document) -> None:
    saved = document.content
    document.do(edits.set_prompt(document.content, "sea"))
    document.saved_as(Path("sea.ora"), saved)
    assert document.is_modified


def test_each_edit_is_told_to_the_journal(document: Document) -> None:
    told: list[str] = []
    document.edited.connect(lambda: told.append(document.content.prompt))
    document.do(edits.set_prompt(document.content, "sea"))
    document.preview(replace(document.content, prompt="not yet"))
    document.end_preview()
    document.undo()
    document.redo()
    assert told == ["sea", "dunes at dusk", "sea"]


def test_undoing_brings_back_the_active_layer(document: Document) -> None:
    first = document.content.active_id
    document.do(edits.add_paint_layer(document.content))
    document.undo()
    assert document.content.active_id == first
    with pytest.raises(KeyError):
        document.activate("none")
