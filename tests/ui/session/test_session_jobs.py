from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.domain.errors import EngineError, ModelNotFound, StorageError
from studio.domain.events import JobFailed
from studio.domain.geometry import Size
from studio.ui.session import JobStage, Progress
from tests.support.fakes import picture_pixels
from tests.support.sessions import a_session, until


async def test_a_prompt_becomes_a_picture_on_the_canvas_and_on_the_disk(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        session.draft.prompt = "an owl"
        session.generation.generate()
        await until(lambda: engine.jobs)
        job = engine.jobs[0]
        job.start()
        job.preview(1)
        await until(lambda: session.artwork.pixels is not None)
        assert session.artwork.size == job.request.size
        assert session.jobs.progress is not None
        assert session.jobs.progress.step == 1
        assert session.shown.picture is None

        job.finish()
        await until(lambda: session.shown.picture)
        assert session.shown.picture is not None
        assert session.shown.picture.request == job.request
        assert session.shown.picture.path.exists()
        assert np.array_equal(session.artwork.pixels, picture_pixels(64, 64, job.request.seed))
        await until(lambda: session.jobs.progress is None)
        assert notices == []


async def test_previews_of_an_upscaled_picture_lie_where_it_will_be(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        session.draft.upscale = 4
        session.generation.generate()
        await until(lambda: engine.jobs)
        job = engine.jobs[0]
        assert job.request.upscale == 4
        job.start()
        job.preview(1)
        await until(lambda: session.artwork.pixels is not None)
        assert session.artwork.size == Size(256, 256)
        job.upscaled(0, 8)
        await until(lambda: session.jobs.progress and session.jobs.progress.step == 0)
        job.upscaled(3, 8)
        await until(lambda: session.jobs.progress and session.jobs.progress.step == 3)
        assert session.jobs.progress == Progress(3, 8, 0.5, 10.0, JobStage.UPSCALING)
        job.finish()
        await until(lambda: session.shown.picture)
        assert session.shown.picture is not None
        assert (session.shown.picture.width, session.shown.picture.height) == (256, 256)
        assert session.artwork.size == Size(256, 256)

        session.draft.upscale = 1
        session.history.use_settings(session.shown.picture)
        await until(lambda: session.draft.upscale == 4)
        assert session.draft.as_request() == job.request


async def test_stop_cancels_what_runs_and_keeps_what_waits(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        session.generation.generate()
        session.generation.generate()
        await until(lambda: len(engine.jobs) == 2)
        engine.jobs[0].start()
        await until(lambda: session.jobs.progress)
        session.jobs.stop()
        await until(lambda: engine.running is None)
        assert [job.was_cancelled for job in engine.jobs] == [True, False]
        await until(lambda: session.jobs.progress is None)
        assert notices == []


async def test_a_picture_that_cant_be_saved_stays_on_the_canvas(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):

        async def full_disk(*_: object, **__: object) -> None:
            raise StorageError("The disk is full.", "Make room and export the picture.")

        session.library.record = full_disk  # type: ignore[method-assign]
        session.generation.generate()
        await until(lambda: engine.jobs)
        engine.jobs[0].start()
        engine.jobs[0].finish()
        await until(lambda: notices)
        assert notices[0].sentence == "The disk is full."
        await until(lambda: session.shown.emergence and session.shown.emergence.is_complete)
        assert session.artwork.pixels is not None
        assert session.shown.picture is None


async def test_a_failed_job_is_told_and_the_next_one_works(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        session.generation.generate()
        session.generation.generate()
        await until(lambda: len(engine.jobs) == 2)
        engine.jobs[0].start()
        engine.jobs[0].push(JobFailed(1, EngineError("No.", "Try again.")))
        await until(lambda: notices)
        assert (notices[0].sentence, notices[0].remedy) == ("No.", "Try again.")
        engine.jobs[1].start()
        engine.jobs[1].finish()
        await until(lambda: session.shown.picture)


async def test_a_job_that_fails_before_its_first_step_leaves_the_picture_there(
    tmp_path: Path,
) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        session.generation.generate()
        await until(lambda: engine.jobs)
        engine.jobs[0].start()
        engine.jobs[0].finish()
        await until(lambda: session.shown.picture)
        before = session.shown.emergence, session.shown.picture
        session.generation.generate()
        await until(lambda: len(engine.jobs) == 2)
        engine.jobs[1].start()
        await until(lambda: session.shown.emergence is not before[0])
        engine.jobs[1].push(JobFailed(2, ModelNotFound("The model is gone.")))
        await until(lambda: notices and session.shown.emergence is before[0])
        assert session.shown.picture == before[1]
