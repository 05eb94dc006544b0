"""Layers and mask as a whole: what menus and panels call, each one step of undo."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from studio.document import BlendMode, Content, Document, flatten
from studio.document.edits import add_paint_layer, write_mask
from studio.domain.geometry import Box
from studio.ui.session import MaskView, Session
from studio.ui.session.painting.masking import feathered, grown, of_colour, shrunk
from tests.support.fakes import picture_pixels


@pytest.fixture
def document(session: Session) -> Document:
    document = Document.of_picture(picture_pixels(64, 48), "fox")
    session.editing.open(document)
    document.do(add_paint_layer(document.content))
    return document


def names(document: Document) -> list[str]:
    return [layer.name for layer in document.content.layers]


STEPS: dict[str, Callable[[Session], None]] = {
    "add": lambda s: s.layers.add(),
    "duplicate": lambda s: s.layers.duplicate(),
    "remove": lambda s: s.layers.remove(),
    "merge down": lambda s: s.layers.merge_down(),
    "flatten": lambda s: s.layers.flatten(),
    "move down": lambda s: s.layers.move_down(),
    "opacity": lambda s: s.layers.set_opacity(0.25),
    "blend mode": lambda s: s.layers.set_blend_mode(BlendMode.SCREEN),
    "mask": lambda s: s.layers.mask(),
    "all": lambda s: s.masking.select_all(),
    "invert": lambda s: s.masking.invert(),
    "none": lambda s: s.masking.clear(),
    "alpha": lambda s: s.masking.from_alpha(),
    "luminance": lambda s: s.masking.from_luminance(),
    "working area": lambda s: s.working_area.fit(),
    "grow": lambda s: s.masking.do(grown(3)),
    "shrink": lambda s: s.masking.do(shrunk(3)),
    "feather": lambda s: s.masking.do(feathered(6)),
}


def seen(content: Content) -> tuple[object, ...]:
    """All that tells two contents apart."""
    layers = [
        (layer.name, layer.opacity, layer.blend_mode, layer.visible, layer.mask is None)
        for layer in content.layers
    ]
    mask = content.mask.read(content.area).tobytes()
    return layers, flatten(content).tobytes(), mask, content.working_area


@pytest.mark.parametrize("step", STEPS)
def test_each_is_one_step_that_undo_takes_back(
    session: Session, document: Document, step: str
) -> None:
    bottom = document.content.layers[0].id
    if step in ("alpha", "luminance"):
        document.activate(bottom)
    square = np.full((20, 20), 255, np.uint8)
    document.do(write_mask(document.content, Box(10, 10, 20, 20), square))
    before, steps = seen(document.content), document.log.done
    STEPS[step](session)
    assert document.log.done == steps + 1
    assert seen(document.content) != before
    session.editing.undo()
    assert seen(document.content) == before


@pytest.mark.parametrize("step", STEPS)
def test_nothing_happens_without_a_document_on_the_canvas(session: Session, step: str) -> None:
    STEPS[step](session)
    assert session.editing.document is None


def test_nothing_happens_to_a_document_that_waits_behind(
    session: Session, document: Document
) -> None:
    session.editing.leave()
    session.layers.add()
    session.masking.select_all()
    assert names(document) == ["fox", "Layer 1"]
    assert document.content.mask.count == 0


def test_the_lowest_layer_has_nothing_to_merge_with(session: Session, document: Document) -> None:
    session.layers.activate(document.content.layers[0].id)
    assert not session.layers.can_merge_down
    session.layers.merge_down()
    assert names(document) == ["fox", "Layer 1"]


def test_a_name_of_blanks_changes_nothing(session: Session, document: Document) -> None:
    bottom = document.content.layers[0].id
    session.layers.rename(bottom, "  ")
    assert names(document)[0] == "fox"
    session.layers.rename(bottom, " a red fox ")
    assert names(document)[0] == "a red fox"


def test_a_slider_is_one_step_until_it_is_let_go(session: Session, document: Document) -> None:
    steps = document.log.done
    session.layers.set_opacity(0.9)
    session.layers.set_opacity(0.8)
    assert document.log.done == steps + 1
    session.layers.end_slider()
    session.layers.set_opacity(0.7)
    assert document.log.done == steps + 2


def test_turning_four_times_is_back_where_it_was(session: Session, document: Document) -> None:
    session.layers.activate(document.content.layers[0].id)
    before = flatten(document.content)
    session.layers.rotate(90)
    assert not np.array_equal(flatten(document.content), before)
    for _ in range(3):
        session.layers.rotate(90)
    assert np.array_equal(flatten(document.content), before)


def test_colour_range_takes_what_looks_alike_everywhere(session: Session) -> None:
    pixels = np.full((40, 60, 3), 255, np.uint8)
    pixels[5:10, 5:10] = pixels[30:35, 50:55] = (200, 0, 0)
    document = Document.of_picture(pixels)
    session.editing.open(document)
    session.masking.do(of_colour((200, 0, 0), 0.1, 0.0))
    assert np.array_equal(
        document.content.mask.read(document.content.area) == 255, pixels[..., 1] == 0
    )


def test_hiding_the_mask_remembers_how_it_was_shown(session: Session) -> None:
    session.tools.mask_view = MaskView.OUTLINE
    session.masking.toggle_view()
    assert session.tools.mask_view is MaskView.HIDDEN
    session.masking.toggle_view()
    assert session.tools.mask_view is MaskView.OUTLINE
