from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from studio.domain.errors import EngineError, StorageError
from studio.domain.events import JobFailed, Pixels
from studio.domain.geometry import Size
from studio.library import Picture
from studio.ui.session import Notice, Session
from tests.support.fakes import FakeEngine, make_session, picture_pixels


@asynccontextmanager
async def a_session(folder: Path) -> AsyncIterator[tuple[Session, FakeEngine, list[Notice]]]:
    session = make_session(folder)
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    engine = session.engine
    assert isinstance(engine, FakeEngine)
    try:
        yield session, engine, notices
    finally:
        await session.close()
        await session.library.close()


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


async def a_finished_picture(session: Session, engine: FakeEngine) -> Picture:
    session.generation.generate()
    await until(lambda: engine.jobs)
    engine.jobs[0].start()
    engine.jobs[0].finish()
    await until(lambda: session.shown.picture)
    assert session.shown.picture is not None
    return session.shown.picture


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
        job.finish()
        await until(lambda: session.shown.picture)
        assert session.shown.picture is not None
        assert (session.shown.picture.width, session.shown.picture.height) == (256, 256)
        assert session.artwork.size == Size(256, 256)

        session.draft.upscale = 1
        session.history.use_settings(session.shown.picture)
        await until(lambda: session.draft.upscale == 4)
        assert session.draft.as_request() == job.request


async def test_a_seed_that_is_not_kept_is_rolled_for_each_picture(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        session.generation.generate()
        session.generation.generate()
        session.draft.keep_seed = True
        session.generation.generate()
        session.generation.generate()
        await until(lambda: len(engine.jobs) == 4)
        first, second, third, fourth = (job.request.seed for job in engine.jobs)
        assert first != second
        assert third == fourth == session.draft.seed


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


async def test_a_picture_of_the_history_is_not_pushed_away_by_a_running_job(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        first = await a_finished_picture(session, engine)

        session.generation.generate()
        await until(lambda: len(engine.jobs) == 2)
        engine.jobs[1].start()
        engine.jobs[1].preview(1)
        await until(lambda: session.shown.picture is None)
        session.history.show(first)
        await until(lambda: session.shown.picture == first)
        assert session.shown.emergence is not None
        assert session.shown.emergence.total_steps == first.request.num_inference_steps
        engine.jobs[1].preview(2)
        await asyncio.sleep(0.02)
        assert session.shown.picture == first
        session.jobs.watch()
        assert session.shown.picture is None
        assert session.shown.emergence.newest_step == 2


async def test_restoring_brings_back_the_whole_request(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        Image.fromarray(picture_pixels(64, 64)).save(tmp_path / "photo.png")
        session.start_picture.from_file(tmp_path / "photo.png")
        await until(lambda: session.artwork.start)
        session.draft.prompt, session.draft.strength = "a boat", 0.4
        picture = await a_finished_picture(session, engine)

        session.start_picture.forget()
        session.draft.prompt = "something else"
        session.history.use_settings(picture)
        await until(lambda: session.artwork.start)
        assert session.artwork.start is not None
        assert session.draft.as_request(session.artwork.start.ref) == picture.request


async def test_deleting_the_shown_picture_clears_the_canvas(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        picture = await a_finished_picture(session, engine)
        session.history.move_to_trash([picture])
        await until(lambda: session.shown.picture is None)
        assert session.artwork.pixels is None
        assert not picture.path.exists()
        assert (tmp_path / "trash" / picture.path.name).exists()


async def test_a_file_that_is_no_picture_is_one_sentence(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        (tmp_path / "notes.png").write_text("no picture")
        session.start_picture.from_file(tmp_path / "notes.png")
        await until(lambda: notices)
        assert "notes.png" in notices[0].sentence
        assert session.artwork.start is None


async def test_impossible_values_are_told_not_queued(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        session.draft.guidance_scale = -1
        session.generation.generate()
        assert len(notices) == 1
        assert engine.jobs == []


async def test_of_two_quick_clicks_the_last_one_counts(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        first = await a_finished_picture(session, engine)
        session.generation.generate()
        await until(lambda: len(engine.jobs) == 2)
        engine.jobs[1].start()
        engine.jobs[1].finish()
        await until(lambda: session.shown.picture not in (None, first))
        second = session.shown.picture
        assert second is not None

        read = session.library.pixels
        may_go_on = threading.Event()

        def slow_for_the_first(picture: Picture) -> Pixels:
            if picture == first:
                may_go_on.wait(10)
            return read(picture)

        session.library.pixels = slow_for_the_first  # type: ignore[method-assign]
        session.history.show(first)
        session.history.show(second)
        await until(lambda: session.artwork.pixels is not None and session.shown.picture == second)
        shown = session.artwork.pixels
        may_go_on.set()
        await asyncio.sleep(0.05)
        assert session.shown.picture == second
        assert np.array_equal(session.artwork.pixels, shown)


async def test_a_chosen_model_is_loaded_before_the_first_job_asks(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        other = session.catalog.find("other")
        session.generation.use_model(other)
        assert session.draft.model == other
        assert session.draft.num_inference_steps == other.default_steps
        assert engine.warmed == ["other"]
