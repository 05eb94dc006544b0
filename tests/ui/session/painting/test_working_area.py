"""The box that the model will see: the artist's, or the studio's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from studio.document import Document
from studio.document.edits import clear_mask, fill_mask, write_mask
from studio.domain.geometry import Box
from studio.domain.inpaint import Intent
from studio.ui.session import Session
from tests.support.fakes import FakeEngine, a_model, picture_pixels
from tests.support.sessions import a_session, until

AREA = Box(8, 16, 80, 64)


def a_document(session: Session) -> Document:
    document = Document.of_picture(picture_pixels(400, 300))
    session.editing.open(document)
    return document


def mask(document: Document, place: Box) -> None:
    white = np.full((place.height, place.width), 255, np.uint8)
    document.do(write_mask(clear_mask(document.content).content, place, white))


async def seen_by_the_model(session: Session, engine: FakeEngine) -> tuple[Box, ...]:
    before = len(engine.jobs)
    session.inpainting.generate("a moon")
    await until(lambda: len(engine.jobs) > before)
    inpaint = engine.jobs[before].request.inpaint
    assert inpaint is not None
    session.inpainting.discard()
    await until(lambda: not session.inpainting.is_painting)
    return inpaint.boxes


async def test_what_is_told_is_what_the_model_sees(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document, area = a_document(session), session.working_area
        assert area.box is None
        mask(document, Box(100, 100, 60, 40))
        for wishes in (
            session.inpainting.wishes,
            replace(session.inpainting.wishes, padding_px=50),
            replace(session.inpainting.wishes, whole=True),
        ):
            session.inpainting.set_wishes(wishes)
            assert (area.box,) == await seen_by_the_model(session, engine)
        session.inpainting.set_wishes(replace(wishes, whole=False))
        before = area.box
        session.inpainting.set_intent(Intent.FILL)
        assert area.box != before
        assert (area.box,) == await seen_by_the_model(session, engine)
        session.draft.model = a_model("wide", sizes=(session.draft.model.native_size.times(2),))
        assert (area.box,) == await seen_by_the_model(session, engine)


async def test_choosing_and_letting_go_are_steps_of_undo(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document, area = a_document(session), session.working_area
        mask(document, Box(20, 20, 40, 40))
        area.choose(AREA)
        assert area.box == AREA
        assert await seen_by_the_model(session, engine) == (AREA,)
        area.fit()
        assert area.box == area.automatic == document.content.working_area
        mask(document, Box(300, 200, 20, 20))
        assert area.box != area.automatic
        area.reset()
        assert document.content.working_area is None
        session.editing.undo()  # letting go
        session.editing.undo()  # the other mask
        assert area.box == area.automatic
        session.editing.undo()  # fitting
        assert area.box == AREA
        session.editing.undo()  # choosing
        assert document.content.working_area is None


async def test_islands_by_themselves_have_no_one_box(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _):
        document = a_document(session)
        document.do(fill_mask(document.content))
        session.inpainting.set_wishes(replace(session.inpainting.wishes, separately=True))
        assert session.working_area.box is None
        session.working_area.choose(AREA)
        assert session.working_area.box == AREA


async def test_without_a_document_on_the_canvas_nothing_happens(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _):
        session.working_area.choose(AREA)
        session.working_area.fit()
        assert session.working_area.box is None
        document = a_document(session)
        session.editing.leave()
        session.working_area.choose(AREA)
        assert document.content.working_area is None
