"""Documents come to the canvas and wait behind what is put on show."""

from __future__ import annotations

import numpy as np

from studio.document import Artwork, Document
from studio.domain.geometry import Size
from studio.ui.session.emergence import Emergence
from studio.ui.session.painting.editing import Editing
from studio.ui.session.shown import Shown


def a_finished_picture() -> Emergence:
    return Emergence.of_finished(np.full((8, 6, 3), 7, np.uint8), None)


def test_the_finished_picture_on_show_is_opened_as_one_layer() -> None:
    shown = Shown(Artwork())
    editing = Editing(shown)
    assert editing.open_shown() is None
    shown.put(a_finished_picture(), None)
    document = editing.open_shown()
    assert document is editing.document
    assert document is not None
    assert document.size == Size(6, 8)
    assert len(document.content.layers) == 1
    assert editing.is_on_canvas


def test_what_is_put_on_show_comes_first_and_the_document_waits() -> None:
    shown = Shown(Artwork())
    editing = Editing(shown)
    told: list[bool] = []
    editing.on_canvas_changed.connect(lambda: told.append(editing.is_on_canvas))
    document = Document.blank(Size(16, 16))
    editing.open(document)
    shown.put(a_finished_picture(), None)
    assert not editing.is_on_canvas
    assert editing.document is document
    editing.bring_back()
    editing.bring_back()
    assert told == [True, False, True]


def test_nothing_comes_back_after_closing() -> None:
    editing = Editing(Shown(Artwork()))
    editing.open(Document.blank(Size(16, 16)))
    editing.close()
    editing.bring_back()
    assert editing.document is None
    assert not editing.is_on_canvas
