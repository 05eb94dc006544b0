"""What the canvas shows left of the line: the document without its newest picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studio.document import Document, Layer, LayerKind, TiledImage
from studio.document.edits import add_layer, set_visible
from studio.ui.session.pictures.comparison import before
from tests.support.fakes import picture_pixels
from tests.support.sessions import a_session


def layer(name: str, kind: LayerKind = LayerKind.GENERATED) -> Layer:
    return Layer(name, TiledImage.of(picture_pixels(40, 30)), kind)


@pytest.fixture
def document() -> Document:
    """A generated picture with two restylings of it and paint above."""
    document = Document.of_picture(picture_pixels(40, 30), "photo", LayerKind.GENERATED)
    for name, kind in (
        ("first", LayerKind.GENERATED),
        ("second", LayerKind.GENERATED),
        ("paint", LayerKind.PAINT),
    ):
        document.do(add_layer(document.content, layer(name, kind)))
    return document


def names(document: Document) -> list[str] | None:
    content = before(document)
    return None if content is None else [layer.name for layer in content.layers]


def test_the_topmost_generated_layer_that_is_seen_is_left_out(document: Document) -> None:
    assert names(document) == ["photo", "first", "paint"]
    second = document.content.layers[2]
    document.do(set_visible(document.content, second.id, False))
    assert names(document) == ["photo", "second", "paint"]


def test_what_lies_over_the_document_is_the_newest(document: Document) -> None:
    document.set_overlays((layer("trial"),))
    assert names(document) == ["photo", "first", "second", "paint"]


def test_a_lone_picture_has_no_before() -> None:
    document = Document.of_picture(picture_pixels(40, 30), "photo", LayerKind.GENERATED)
    assert before(document) is None
    document.do(add_layer(document.content, layer("paint", LayerKind.PAINT)))
    assert before(document) is None


async def test_the_line_stays_in_the_picture_and_says_when_it_moves(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _):
        comparison, told = session.comparison, list[float]()
        comparison.changed.connect(lambda: told.append(comparison.share))
        comparison.move(0.25)
        comparison.move(0.25)
        comparison.move(-3)
        comparison.move(7)
        assert told == [0.25, 0.0, 1.0]
        assert not comparison.is_possible
        document = Document.of_picture(picture_pixels(40, 30))
        document.set_overlays((replace(layer("trial")),))
        session.editing.open(document)
        assert comparison.is_possible
