"""The steps of a second pass: seen again after a restart, gone on from and painted on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from studio.document.edits import add_picture
from studio.domain.branch import Branch
from studio.domain.geometry import Size
from studio.domain.request import Request
from studio.library import Picture
from studio.ui.session import Session
from studio.ui.session.drafting.hires_wish import HiresWish
from tests.support.fakes import FakeEngine, FakeJob
from tests.support.sessions import a_finished_picture, a_session, until

FIRST, SECOND = 6, 3


async def a_picture_in_two_passes(session: Session, engine: FakeEngine) -> tuple[Picture, Request]:
    draft = session.draft
    draft.prompt, draft.num_inference_steps = "an owl", FIRST
    draft.hires = HiresWish(2.0, 0.5)
    picture = await a_finished_picture(session, engine)
    assert picture.request is not None
    assert (picture.request.first_way, picture.request.whole_way) == (FIRST, FIRST + SECOND)
    return picture, picture.request


async def next_job(session: Session, engine: FakeEngine) -> FakeJob:
    jobs = len(engine.jobs)
    session.generation.generate()
    await until(lambda: len(engine.jobs) > jobs)
    return engine.jobs[-1]


def show_step(session: Session, step: int) -> None:
    assert session.shown.emergence is not None
    session.shown.emergence.show(step)


async def test_its_steps_are_there_after_a_restart(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        await a_picture_in_two_passes(session, engine)
    async with a_session(tmp_path) as (session, _, __):
        [picture] = await session.library.page(limit=1)
        session.history.show(picture)
        await until(lambda: session.shown.picture == picture)
        emergence = session.shown.emergence
        assert emergence is not None and picture.request is not None
        assert (emergence.first_way, emergence.total_steps) == (FIRST, FIRST + SECOND)
        sizes = [picture.request.size_at(step) for step in range(1, FIRST + SECOND + 1)]
        assert [frame.shape[1] for frame in emergence.known_frames] == [
            size.width // 8 for size in sizes
        ]
        assert sizes[0] != sizes[-1]
        show_step(session, FIRST + 1)
        assert session.branching.offers.branch and session.branching.offers.paint


async def test_a_branch_within_the_second_pass_keeps_it(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        _, request = await a_picture_in_two_passes(session, engine)
        session.draft.hires = None
        show_step(session, FIRST + 1)
        session.branching.branch_from_here()
        session.draft.prompt, session.draft.num_inference_steps = "a cat", 2
        point = session.draft.branch
        assert point is not None and session.branching.reaches(point)
        job = await next_job(session, engine)
        assert job.request.branch == Branch(request, FIRST + 1)
        assert (job.request.hires, job.request.num_inference_steps) == (request.hires, FIRST)
        job.start()
        job.finish()
        await until(lambda: session.library.count() == 2)
        [child] = await session.library.page(limit=1)
        assert len(await session.library.step_previews(child)) == FIRST + SECOND


async def test_a_branch_of_the_first_pass_is_followed_by_the_second_as_it_was(
    tmp_path: Path,
) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        _, request = await a_picture_in_two_passes(session, engine)
        session.draft.hires = None
        session.draft.size = Size(32, 32)
        show_step(session, 2)
        session.branching.branch_from_here()
        session.draft.prompt = "a cat"
        job = await next_job(session, engine)
        assert (job.request.size, job.request.hires) == (request.size, request.hires)
        session.draft.hires = None
        assert (await next_job(session, engine)).request.hires is None


async def test_between_the_passes_a_branch_needs_a_second_one(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        await a_picture_in_two_passes(session, engine)
        show_step(session, FIRST)
        session.branching.branch_from_here()
        point = session.draft.branch
        assert point is not None and session.branching.reaches(point)
        session.draft.hires = None
        assert not session.branching.reaches(point)


async def test_a_step_of_the_second_pass_is_painted_on_at_its_size(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        _, request = await a_picture_in_two_passes(session, engine)
        show_step(session, FIRST + 2)
        session.branching.paint_on_step()
        await until(lambda: len(engine.jobs) == 2)
        job = engine.jobs[1]
        assert job.request == replace(request, last_step=FIRST + 2)
        job.start()
        job.finish()
        await until(lambda: session.editing.is_on_canvas)
        document = session.editing.document
        assert document is not None
        blue = np.full((10, 12, 3), (0, 0, 255), np.uint8)
        document.do(add_picture(document.content, blue, "blue", 8, 16))
        painted = (await next_job(session, engine)).request
        assert painted.branch is not None and painted.branch.painted is not None
        assert request.hires is not None
        assert painted.branch.painted.size == request.hires.size


async def test_what_ended_in_the_first_pass_is_finished_with_the_second(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        _, request = await a_picture_in_two_passes(session, engine)
        show_step(session, 3)
        session.branching.keep_step()
        await until(lambda: len(engine.jobs) == 2)
        engine.jobs[1].start()
        engine.jobs[1].finish()
        await until(lambda: notices and notices[0].action)
        ended = replace(request, last_step=3)
        [picture] = await session.library.page(limit=1)
        assert picture.request == ended
        session.history.show(picture)
        await until(lambda: session.shown.picture == picture)
        session.branching.finish_from_here()
        await until(lambda: len(engine.jobs) == 3)
        assert engine.jobs[2].request == replace(request, branch=Branch(ended, 3))


async def test_the_second_pass_goes_no_further_and_says_so(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        session.draft.num_inference_steps, session.draft.hires = FIRST, HiresWish(2.0, 0.5)
        job = await next_job(session, engine)
        job.start()
        job.preview(FIRST)
        await until(lambda: session.jobs.drawing and session.jobs.drawing.newest_step == FIRST)
        session.branching.go_further(5)
        assert "second pass" in notices[0].sentence
        assert job.further_steps == 0
        job.finish()
        await until(lambda: session.library.count() == 1)
