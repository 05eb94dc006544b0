"""Going on from a step: what is asked of the engine, and what becomes of its answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from studio.document import LayerKind, StartPicture, TiledImage
from studio.document.edits import add_picture, crop, set_layer_image
from studio.domain.branch import Branch
from studio.domain.events import ImageReady, Pixels, StepPreview
from studio.domain.geometry import Box
from studio.domain.request import Request
from studio.library import Picture
from studio.library.picture import ParentRole
from studio.ui.session import Notice, Session, ToolName
from tests.support.fakes import FakeEngine, FakeJob, picture_pixels
from tests.support.sessions import a_finished_picture, a_session, until

STEPS = 8


@asynccontextmanager
async def a_picture_on_show(
    folder: Path,
) -> AsyncIterator[tuple[Session, FakeEngine, list[Notice], Picture]]:
    """A session that shows a finished picture of eight steps."""
    async with a_session(folder) as (session, engine, notices):
        session.draft.prompt = "an owl"
        session.draft.num_inference_steps = STEPS
        yield session, engine, notices, await a_finished_picture(session, engine)


def show_step(session: Session, step: int) -> None:
    assert session.shown.emergence is not None
    session.shown.emergence.show(step)


async def a_job(engine: FakeEngine, number: int = 2) -> FakeJob:
    await until(lambda: len(engine.jobs) >= number)
    return engine.jobs[number - 1]


async def finished(session: Session, job: FakeJob) -> Picture:
    """The picture of a job, in the history."""
    before = session.library.count()
    job.start()
    job.finish()
    await until(lambda: session.library.count() > before)
    [picture] = await session.library.page(limit=1)
    return picture


def request_of(picture: Picture) -> Request:
    assert picture.request is not None
    return picture.request


async def test_a_step_becomes_a_picture_of_its_own_without_leaving_the_one_on_show(
    tmp_path: Path,
) -> None:
    async with a_picture_on_show(tmp_path) as (session, engine, notices, picture):
        show_step(session, 3)
        session.branching.keep_step()
        job = await a_job(engine)
        assert job.request == replace(request_of(picture), last_step=3)
        kept = await finished(session, job)
        assert len(await session.library.step_previews(kept)) == 3
        assert session.library.store.lineage.parents_of(kept) == [(ParentRole.BRANCH, picture)]
        await until(lambda: notices)
        assert "Step 3" in notices[0].sentence
        assert session.shown.picture == picture
        assert notices[0].action is not None
        notices[0].action[1]()
        await until(lambda: session.shown.picture == kept)
        assert session.shown.emergence is not None
        assert session.shown.emergence.total_steps == STEPS
        assert session.branching.offers.finish


async def test_what_was_kept_is_finished_from_its_last_step(tmp_path: Path) -> None:
    async with a_picture_on_show(tmp_path) as (session, engine, notices, picture):
        assert not session.branching.offers.finish
        session.branching.finish_from_here()
        assert "nothing left" in notices[0].sentence
        show_step(session, 3)
        session.branching.keep_step()
        kept = await finished(session, await a_job(engine))
        session.history.show(kept)
        await until(lambda: session.shown.picture == kept)
        session.branching.finish_from_here()
        job = await a_job(engine, 3)
        assert job.request == replace(
            request_of(picture), branch=Branch(request_of(kept), 3), last_step=None
        )
        whole = await finished(session, job)
        assert len(await session.library.step_previews(whole)) == STEPS


async def test_a_branch_takes_the_panels_settings_and_the_pictures_beginning(
    tmp_path: Path,
) -> None:
    async with a_picture_on_show(tmp_path) as (session, engine, _, picture):
        show_step(session, 5)
        session.branching.branch_from_here()
        session.draft.prompt, session.draft.guidance_scale = "a cat", 9.0
        session.draft.resize(session.draft.model.sizes[1])
        session.generation.generate()
        job = await a_job(engine)
        assert job.request.branch == Branch(request_of(picture), 5)
        assert (job.request.prompt, job.request.guidance_scale) == ("a cat", 9.0)
        assert job.request.size == request_of(picture).size
        parents = session.shown.emergence
        assert parents is not None
        job.start()
        await until(lambda: session.shown.emergence is not parents)
        assert session.shown.emergence is not None
        assert session.shown.emergence.newest_step == 5, "it begins where the parent was"
        job.finish()
        await until(lambda: session.library.count() == 2)
        [child] = await session.library.page(limit=1)
        previews = await session.library.step_previews(child)
        assert len(previews) == STEPS
        for step in range(1, 6):
            assert np.array_equal(previews[step - 1], parents.frame(step))

        session.branching.leave_branch()
        session.generation.generate()
        assert (await a_job(engine, 3)).request.branch is None


async def test_the_parents_part_of_a_branch_is_the_parents(tmp_path: Path) -> None:
    async with a_picture_on_show(tmp_path) as (session, engine, _, picture):
        show_step(session, 5)
        session.branching.branch_from_here()
        session.draft.prompt = "a cat"
        session.generation.generate()
        child = await finished(session, await a_job(engine))
        await until(lambda: session.shown.picture == child)
        show_step(session, 4)
        session.branching.keep_step()
        assert (await a_job(engine, 3)).request == replace(request_of(picture), last_step=4)
        show_step(session, 6)
        session.branching.branch_from_here()
        assert session.draft.branch is not None
        assert session.draft.branch.parent == child.request
        [branch] = session.shown.emergence.branches if session.shown.emergence else ()
        session.branching.show_parent(branch)
        await until(lambda: session.shown.picture == picture)


async def test_a_branch_that_is_made_again_begins_with_its_parents_steps(tmp_path: Path) -> None:
    async with a_picture_on_show(tmp_path) as (session, engine, _, picture):
        parents = await session.library.step_previews(picture)
        again = replace(request_of(picture), prompt="a cat", branch=Branch(request_of(picture), 5))
        session.jobs.submit(again)
        child = await finished(session, await a_job(engine))
        previews = await session.library.step_previews(child)
        assert len(previews) == STEPS
        assert np.array_equal(previews[:5], parents[:5])


async def test_a_parent_that_is_gone_can_be_made_again(tmp_path: Path) -> None:
    async with a_picture_on_show(tmp_path) as (session, engine, notices, picture):
        session.history.move_to_trash([picture])
        await until(lambda: session.library.count() == 0)
        notices.clear()
        session.branching.show_parent(Branch(request_of(picture), 5))
        await until(lambda: notices)
        assert notices[0].action is not None
        notices[0].action[1]()
        assert (await a_job(engine)).request == picture.request


async def test_the_settings_of_a_branch_make_it_again(tmp_path: Path) -> None:
    async with a_picture_on_show(tmp_path) as (session, engine, _, _picture):
        show_step(session, 5)
        session.branching.branch_from_here()
        session.draft.prompt, session.draft.keep_seed = "a cat", True
        session.generation.generate()
        child = await finished(session, await a_job(engine))
        session.branching.leave_branch()
        session.draft.prompt = "something else"
        session.history.use_settings(child)
        await until(lambda: session.draft.branch is not None)
        session.generation.generate()
        assert (await a_job(engine, 3)).request == child.request


async def test_another_start_picture_ends_the_branch(tmp_path: Path) -> None:
    async with a_picture_on_show(tmp_path) as (session, _, __, ___):
        show_step(session, 5)
        session.branching.branch_from_here()
        ref = await session.library.adopt(picture_pixels(seed=5))
        session.artwork.start_from(StartPicture(ref, picture_pixels(seed=5)))
        assert session.draft.branch is None
        session.branching.branch_from_here()
        assert session.artwork.start is None
        assert session.draft.branch is not None


async def test_after_the_last_step_nothing_branches_and_it_is_said(tmp_path: Path) -> None:
    async with a_picture_on_show(tmp_path) as (session, engine, notices, _):
        offers = session.branching.offers
        assert (offers.keep, offers.branch, offers.paint) == (False, False, False)
        session.branching.branch_from_here()
        assert session.draft.branch is None
        assert "earlier step" in notices[0].sentence
        assert len(engine.jobs) == 1


async def test_too_few_steps_are_said_before_and_when_asked_for(tmp_path: Path) -> None:
    async with a_picture_on_show(tmp_path) as (session, engine, notices, _):
        show_step(session, 5)
        session.branching.branch_from_here()
        point = session.draft.branch
        assert point is not None
        assert session.branching.reaches(point)
        session.draft.num_inference_steps = 5
        assert not session.branching.reaches(point)
        session.generation.generate()
        assert "step 5" in notices[0].sentence
        assert len(engine.jobs) == 1


async def paint(session: Session, engine: FakeEngine, step: int) -> Pixels:
    """A step of the picture on show on the canvas, to be painted on; its pixels."""
    show_step(session, step)
    session.branching.paint_on_step()
    job = await a_job(engine)
    assert job.request.last_step == step
    before = session.library.count()
    job.start()
    job.finish()
    await until(lambda: session.editing.is_on_canvas)
    assert session.library.count() == before, "what is only painted on isn't kept"
    document = session.editing.document
    assert document is not None
    assert [layer.kind for layer in document.content.layers] == [
        LayerKind.GENERATED,
        LayerKind.PAINT,
    ]
    assert document.content.active is document.content.layers[1]
    return document.content.layers[0].image.read(document.content.area)


async def test_what_is_painted_on_a_step_is_a_part_of_the_branch(tmp_path: Path) -> None:
    async with a_picture_on_show(tmp_path) as (session, engine, _, picture):
        await paint(session, engine, 4)
        assert session.tools.active is ToolName.BRUSH
        document = session.editing.document
        assert document is not None
        blue = np.full((10, 12, 3), (0, 0, 255), np.uint8)
        document.do(add_picture(document.content, blue, "blue", 8, 16))
        session.generation.generate()
        request = (await a_job(engine, 3)).request
        assert request.branch is not None
        assert (request.branch.parent, request.branch.step) == (picture.request, 4)
        assert request.branch.painted is not None
        assert request.branch.painted.size == request.size
        painted = session.library.input_pixels(request.branch.painted.digest)
        assert painted.shape == (64, 64, 4)
        assert (painted[16:26, 8:20] == (0, 0, 255, 255)).all()
        painted[16:26, 8:20] = 0
        assert not painted[..., 3].any()


async def test_paint_on_the_step_itself_counts_too(tmp_path: Path) -> None:
    async with a_picture_on_show(tmp_path) as (session, engine, _, __):
        pixels = await paint(session, engine, 4)
        document = session.editing.document
        assert document is not None
        changed = pixels.copy()
        changed[:8] = (255, 0, 255, 255)
        step = document.content.layers[0]
        document.do(set_layer_image(document.content, step.id, TiledImage.of(changed), "Paint"))
        session.generation.generate()
        branch = (await a_job(engine, 3)).request.branch
        assert branch is not None and branch.painted is not None
        painted = session.library.input_pixels(branch.painted.digest)
        assert (painted[:8] == (255, 0, 255, 255)).all()
        assert not painted[8:, :, 3].any()


async def test_an_untouched_step_branches_as_it_is(tmp_path: Path) -> None:
    async with a_picture_on_show(tmp_path) as (session, engine, _, __):
        await paint(session, engine, 4)
        session.generation.generate()
        branch = (await a_job(engine, 3)).request.branch
        assert branch is not None
        assert branch.painted is None


async def test_a_cropped_step_no_longer_fits(tmp_path: Path) -> None:
    async with a_picture_on_show(tmp_path) as (session, engine, notices, _):
        await paint(session, engine, 4)
        document = session.editing.document
        assert document is not None
        document.do(crop(document.content, Box(0, 0, 32, 32)))
        session.generation.generate()
        await until(lambda: notices)
        assert "cropped" in notices[0].sentence
        assert len(engine.jobs) == 2


async def test_who_closes_the_painted_step_leaves_the_branch(tmp_path: Path) -> None:
    async with a_picture_on_show(tmp_path) as (session, engine, _, __):
        await paint(session, engine, 4)
        assert session.draft.branch is not None
        session.editing.close()
        assert session.draft.branch is None


async def test_a_running_picture_is_branched_from_at_once(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        session.draft.num_inference_steps = STEPS
        session.generation.generate()
        running = await a_job(engine, 1)
        running.start()
        for step in (1, 2, 3):
            running.preview(step)
        await until(lambda: session.shown.emergence and session.shown.emergence.newest_step == 3)
        offers = session.branching.offers
        assert (offers.keep, offers.branch, offers.finish) == (True, True, False)
        session.branching.branch_from_here()
        session.draft.prompt = "a cat"
        session.generation.generate()
        assert (await a_job(engine)).request.branch == Branch(running.request, 3)


async def test_what_is_stopped_is_kept_and_said(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        session.branching.stop_here()
        assert "No picture" in notices.pop().sentence
        session.draft.num_inference_steps = STEPS
        session.generation.generate()
        job = await a_job(engine, 1)
        job.start()
        job.preview(3)
        await until(lambda: session.jobs.drawing is not None)
        session.branching.stop_here()
        assert job.stopped_here
        stopped = replace(job.request, last_step=3)
        previews = np.stack([picture_pixels(8, 8, step) for step in (1, 2, 3)])[:, None]
        image = picture_pixels(64, 64, 9)[None]
        job.push(ImageReady(job.generation, image, previews, (), 1.0, request=stopped))
        await until(lambda: session.shown.picture is not None)
        assert session.shown.picture is not None
        assert session.shown.picture.request == stopped
        assert notices[0].sentence == f"Kept as it was after step 3 of {STEPS}."
        assert notices[0].action is not None
        notices[0].action[1]()
        assert (await a_job(engine)).request.branch == Branch(stopped, 3)
        assert session.jobs.drawing is None


async def test_a_running_picture_goes_further(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        session.draft.num_inference_steps = STEPS
        session.generation.generate()
        job = await a_job(engine, 1)
        job.start()
        job.preview(3)
        await until(lambda: session.jobs.drawing is not None)
        session.branching.go_further(5)
        assert job.further_steps == 5
        session.branching.go_further(500)
        assert job.further_steps == 5
        assert "at most" in notices[0].sentence
        longer = replace(job.request, num_inference_steps=STEPS + 5, branch=Branch(job.request, 3))
        # From now on it tells of more steps; whose they are is known in the end.
        seen = picture_pixels(8, 8, 4)[None]
        job.push(StepPreview(job.generation, 4, STEPS + 5, seen, 1.0, 0.1))
        emergence = session.jobs.drawing
        assert emergence is not None
        await until(lambda: emergence.total_steps == STEPS + 5)
        assert not session.branching.offers.branch
        assert "finished" in session.branching.offers.why_not
        previews = np.zeros((STEPS + 5, 1, 8, 8, 3), np.uint8)
        image = picture_pixels(64, 64, 9)[None]
        job.push(ImageReady(job.generation, image, previews, (), 1.0, request=longer))
        await until(lambda: session.shown.picture is not None)
        assert emergence.request == longer
        assert [branch.step for branch in emergence.branches] == [3]


async def test_steps_that_made_room_are_taken_anew_to_be_seen(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        session.draft.num_inference_steps = STEPS
        request = session.draft.as_request()
        old = await session.library.record(picture_pixels(64, 64, 1), request)
        session.history.show(old)
        await until(lambda: session.shown.picture == old)
        assert session.branching.offers.make_anew
        show_step(session, 5)
        assert session.branching.offers.branch, "the engine takes the steps anew"
        session.branching.make_steps_anew()
        job = await a_job(engine, 1)
        job.start()
        job.finish()
        emergence = session.shown.emergence
        assert emergence is not None
        await until(lambda: len(emergence.known_frames) == STEPS)
        assert session.library.count() == 1
        assert not session.branching.offers.make_anew
        assert session.shown.picture == old
