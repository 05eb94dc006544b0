"""Painting anew in the window: three candidates, one kept, the original untouched."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.document import Area, Document
from studio.document.edits import fill_mask, set_working_area, write_mask
from studio.document.rendering.composite import flatten
from studio.domain.events import StepPreview
from studio.domain.geometry import Box, Size
from studio.domain.inpaint import Extents, Intent
from studio.domain.limits import MAX_IMAGES_PER_PROMPT, MAX_SEED
from studio.ui.session import Session
from tests.support.fakes import FakeEngine, picture_pixels
from tests.support.sessions import a_session, until

PLACE = Box(40, 30, 60, 50)


def a_masked_document(session: Session) -> Document:
    document = Document.of_picture(picture_pixels(200, 160))
    mask = np.full((PLACE.height, PLACE.width), 255, np.uint8)
    document.do(write_mask(document.content, PLACE, mask))
    session.editing.open(document)
    return document


async def paint_all(session: Session, engine: FakeEngine, first: int = 0) -> None:
    for index in range(first, first + 3):
        await until(lambda index=index: len(engine.jobs) > index)
        engine.jobs[index].start()
        engine.jobs[index].paint(50 + index)
    await until(lambda: not session.inpainting.is_painting)


async def test_three_candidates_are_offered_and_one_becomes_a_layer(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        document = a_masked_document(session)
        before = flatten(document.content)
        session.inpainting.generate("a moon")
        await paint_all(session, engine)
        seeds = [job.request.seed for job in engine.jobs]
        assert seeds == [seeds[0], seeds[0] + 1, seeds[0] + 2]
        assert engine.jobs[0].request.prompt == "a moon"
        assert np.array_equal(flatten(document.content), before)
        session.inpainting.choose(1)
        assert flatten(document.shown)[PLACE.y + 5, PLACE.x + 5, 0] == 51
        session.inpainting.keep()
        assert len(document.content.layers) == 2
        assert flatten(document.content)[PLACE.y + 5, PLACE.x + 5, 0] == 51
        assert not session.inpainting.candidates
        assert session.library.count() == 3
        assert not notices
        session.editing.undo()
        assert np.array_equal(flatten(document.shown), before)


async def test_a_plain_picture_on_show_isnt_disturbed(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        a_masked_document(session)
        session.inpainting.generate("a moon")
        await until(lambda: engine.jobs)
        engine.jobs[0].start()
        engine.jobs[0].preview(3)
        await until(lambda: session.jobs.progress and session.jobs.progress.step == 3)
        assert session.editing.is_on_canvas
        assert session.shown.emergence is None
        session.inpainting.discard()


async def test_previews_lie_over_the_document_only_under_the_mask(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document = a_masked_document(session)
        before = flatten(document.content)
        session.inpainting.generate("a moon")
        await until(lambda: engine.jobs)
        engine.jobs[0].start()
        engine.jobs[0].preview(1, np.zeros((8, 8, 3), np.uint8))
        await until(lambda: document.overlays)
        seen = flatten(document.shown)
        assert seen[PLACE.y + 20, PLACE.x + 20, :3].max() == 0
        assert np.array_equal(seen[-20:], before[-20:])
        session.inpainting.discard()
        await until(lambda: not session.inpainting.is_painting)
        assert np.array_equal(flatten(document.shown), before)


async def test_stopping_keeps_what_is_there_and_paints_no_more(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        a_masked_document(session)
        session.inpainting.generate("a moon")
        await until(lambda: engine.jobs)
        engine.jobs[0].start()
        engine.jobs[0].paint(60)
        await until(lambda: len(engine.jobs) == 2)
        engine.jobs[1].start()
        session.inpainting.stop()
        await until(lambda: not session.inpainting.is_painting)
        assert len(session.inpainting.candidates) == 1
        assert len(engine.jobs) == 2


async def test_several_candidates_may_be_kept(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document = a_masked_document(session)
        session.inpainting.generate("a moon")
        await paint_all(session, engine)
        session.inpainting.keep(and_others=True)
        assert len(session.inpainting.candidates) == 2
        session.inpainting.keep()
        assert len(document.content.layers) == 3


async def test_an_empty_prompt_is_one_sentence_where_the_intent_needs_it(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        a_masked_document(session)
        session.inpainting.generate("")
        await until(lambda: notices)
        assert "prompt" in notices[0].sentence
        assert not session.inpainting.is_painting
        session.inpainting.set_intent(Intent.FILL)
        session.inpainting.generate("")
        await until(lambda: engine.jobs)
        session.inpainting.discard()


async def test_extending_shows_the_larger_document_and_keeps_it_in_one_step(
    tmp_path: Path,
) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document = Document.of_picture(picture_pixels(200, 160))
        document.do(fill_mask(document.content))
        session.editing.open(document)
        before = flatten(document.content)
        session.inpainting.set_extend(Extents(left=40, bottom=20))
        session.inpainting.generate("")
        await paint_all(session, engine)
        assert document.size == Size(240, 180)
        assert document.content.size == Size(200, 160)
        session.inpainting.keep()
        assert document.content.size == Size(240, 180)
        assert document.content.mask.bounds() == Area(40, 0, 240, 160)
        session.editing.undo()
        assert np.array_equal(flatten(document.content), before)


async def test_another_three_join_the_first_ones(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document = a_masked_document(session)
        before = flatten(document.content)
        inpainting = session.inpainting
        for first in (0, 3, 6):
            earlier = inpainting.candidates
            inpainting.generate("a moon")
            await paint_all(session, engine, first)
            assert inpainting.candidates[:first] == earlier
            assert len(inpainting.candidates) == first + 3
        assert not inpainting.has_room
        inpainting.generate("a moon")
        assert not inpainting.is_painting
        inpainting.choose_next()
        assert inpainting.chosen == 0
        inpainting.choose_next(-1)
        assert flatten(document.shown)[PLACE.y + 5, PLACE.x + 5, 0] == 58
        inpainting.discard()
        assert not inpainting.candidates
        assert np.array_equal(flatten(document.shown), before)


async def test_a_kept_seed_gives_no_candidate_twice(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        a_masked_document(session)
        highest = MAX_SEED - MAX_IMAGES_PER_PROMPT
        session.draft.keep_seed, session.draft.seed = True, highest - 1
        session.inpainting.generate("a moon")
        await paint_all(session, engine)
        session.inpainting.generate("a moon")
        await paint_all(session, engine, 3)
        session.inpainting.generate("a sun")
        await paint_all(session, engine, 6)
        seeds = [job.request.seed for job in engine.jobs]
        assert seeds[:6] == [highest - 1, highest, 0, 1, 2, 3]
        assert seeds[6:] == seeds[:3]


async def test_the_mask_stays_as_long_as_there_is_something_to_choose(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document = a_masked_document(session)
        session.inpainting.generate("a moon")
        await paint_all(session, engine)
        session.inpainting.keep(and_others=True)
        assert session.inpainting.has_mask
        session.inpainting.generate("a moon")
        await paint_all(session, engine, 3)
        assert len(session.inpainting.candidates) == 5
        session.inpainting.keep()
        assert not session.inpainting.has_mask
        assert len(document.content.layers) == 3


async def test_who_looks_at_one_candidate_isnt_interrupted_by_the_next(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document = a_masked_document(session)
        session.inpainting.generate("a moon")
        await until(lambda: engine.jobs)
        engine.jobs[0].start()
        engine.jobs[0].paint(60)
        await until(lambda: len(engine.jobs) == 2)
        session.inpainting.choose(0)
        engine.jobs[1].start()
        engine.jobs[1].preview(1, np.zeros((8, 8, 3), np.uint8))
        await until(lambda: session.jobs.progress and session.jobs.progress.step == 1)
        assert flatten(document.shown)[PLACE.y + 5, PLACE.x + 5, 0] == 60
        engine.jobs[1].paint(61)
        await until(lambda: len(session.inpainting.candidates) == 2)
        assert session.inpainting.chosen == 0
        session.inpainting.discard()
        await until(lambda: not session.inpainting.is_painting)


async def test_candidates_beyond_the_edges_are_a_group_of_their_own(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        a_masked_document(session)
        session.inpainting.generate("a moon")
        await paint_all(session, engine)
        session.inpainting.set_extend(Extents(left=40))
        session.inpainting.generate("")
        await paint_all(session, engine, 3)
        assert len(session.inpainting.candidates) == 3
        assert all(one.extend == Extents(left=40) for one in session.inpainting.candidates)


async def test_the_model_sees_the_working_area_and_nothing_else(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        document = a_masked_document(session)
        before = flatten(document.content)
        area = Box(16, 8, 120, 96)
        document.do(set_working_area(document.content, area))
        session.inpainting.generate("a moon")
        await paint_all(session, engine)
        inpaint = engine.jobs[0].request.inpaint
        assert inpaint is not None
        assert inpaint.boxes == (area,)
        session.inpainting.keep()
        outside = np.ones(before.shape[:2], np.bool_)
        outside[area.slices] = False
        assert np.array_equal(flatten(document.content)[outside], before[outside])
        document.do(fill_mask(document.content))
        document.do(set_working_area(document.content, Box(120, 100, 64, 48)))
        document.do(write_mask(document.content, Box(120, 100, 64, 48), np.zeros((48, 64))))
        session.inpainting.generate("a moon")
        await until(lambda: notices)
        assert "outside the working area" in notices[0].sentence


async def test_a_working_area_that_is_done_stays_in_view_while_the_next_emerges(
    tmp_path: Path,
) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document = Document.of_picture(picture_pixels(200, 160))
        session.editing.open(document)
        session.inpainting.set_extend(Extents(left=40, bottom=20))
        session.inpainting.generate("")
        await until(lambda: engine.jobs)
        job = engine.jobs[0]
        assert job.request.inpaint is not None
        assert len(job.request.inpaint.boxes) > 1
        total = job.request.num_inference_steps * len(job.request.inpaint.boxes)
        job.start()
        for step, grey in ((1, 30), (total, 90)):
            frame = np.full((1, 8, 8, 3), grey, np.uint8)
            job.push(StepPreview(job.generation, step, total, frame, 0.1, 0.1))
            await until(lambda: document.overlays)
        await until(lambda: len(document.overlays) == 2)
        seen = flatten(document.shown)
        assert (seen[80, 10, 0], seen[-5, -5, 0]) == (30, 90)
        session.inpainting.discard()
        await until(lambda: not session.inpainting.is_painting)


async def test_keeping_one_ends_the_painting_unless_others_may_be_kept(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document = Document.of_picture(picture_pixels(200, 160))
        session.editing.open(document)
        inpainting = session.inpainting
        inpainting.set_extend(Extents(left=40))
        inpainting.generate("")
        await until(lambda: engine.jobs)
        engine.jobs[0].start()
        engine.jobs[0].paint(60)
        await until(lambda: len(engine.jobs) == 2)
        inpainting.keep(and_others=True)
        await until(lambda: not inpainting.is_painting)
        assert document.size == Size(240, 160)
        assert not inpainting.candidates
        assert engine.jobs[1].was_cancelled
        document.do(fill_mask(document.content))
        inpainting.generate("a moon")
        await until(lambda: len(engine.jobs) == 3)
        engine.jobs[2].start()
        engine.jobs[2].paint(60)
        await until(lambda: len(engine.jobs) == 4)
        inpainting.keep(and_others=True)
        engine.jobs[3].start()
        engine.jobs[3].paint(61)
        await until(lambda: len(inpainting.candidates) == 1)
        inpainting.keep()
        await until(lambda: not inpainting.is_painting)
        assert len(document.content.layers) == 4
