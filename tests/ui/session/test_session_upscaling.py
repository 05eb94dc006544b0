from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from studio.document import Document
from studio.domain.errors import PictureError
from studio.domain.events import JobFailed
from studio.domain.geometry import Size
from studio.domain.hires import Tiling
from studio.domain.request import PictureRef
from studio.domain.task import Task
from studio.domain.upscalers import UpscalerName
from studio.ui.session import JobStage, Progress
from studio.ui.session.drafting.hires_wish import HiresWish
from tests.support.fakes import picture_pixels
from tests.support.sessions import a_finished_picture, a_session, until


async def test_an_upscaled_picture_is_a_new_one_with_a_request_of_its_own(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        session.draft.prompt = "a fox"
        original = await a_finished_picture(session, engine)
        before = original.path.read_bytes()
        session.upscaling.upscale(original, 2)
        await until(lambda: len(engine.jobs) == 2)
        job = engine.jobs[1]
        assert job.request.task is Task.UPSCALE
        assert job.request.init_image is not None
        assert job.request.init_image.digest == original.pixel_digest
        assert (job.request.prompt, job.request.seed) == ("a fox", original.record.seed)

        job.start()
        await until(lambda: session.jobs.progress)
        assert session.jobs.progress == Progress(0, 1, 0.0, None, JobStage.UPSCALING)
        await until(lambda: session.artwork.pixels is not None)
        assert np.array_equal(session.artwork.pixels, session.library.pixels(original))
        assert session.artwork.size == Size(128, 128)

        job.upscaled(1, 2)
        await until(lambda: session.jobs.progress and session.jobs.progress.step == 1)
        job.finish()
        await until(lambda: session.shown.picture not in (None, original))
        made = session.shown.picture
        assert made is not None
        assert made.request == job.request
        assert (made.width, made.height, made.has_steps) == (128, 128, False)
        assert original.path.read_bytes() == before
        assert session.library.count() == 2
        assert notices == []


async def test_a_file_of_any_size_is_upscaled_with_its_alpha(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        pixels = np.dstack([picture_pixels(7, 3), picture_pixels(7, 3, 1)[..., 0]])
        Image.fromarray(pixels).save(tmp_path / "logo.png")
        session.draft.upscaler = UpscalerName.FINE
        session.upscaling.upscale_file(tmp_path / "logo.png", 4)
        await until(lambda: engine.jobs)
        request = engine.jobs[0].request
        assert (request.finished_size, request.upscaler) == (Size(28, 12), UpscalerName.FINE)
        assert request.init_image is not None
        kept = session.library.input_pixels(request.init_image.digest)
        assert np.array_equal(kept, pixels)


async def test_a_picture_that_was_never_saved_is_upscaled_too(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        session.upscaling.upscale_pixels(picture_pixels(9, 5), 2)
        await until(lambda: engine.jobs)
        assert engine.jobs[0].request.finished_size == Size(18, 10)


async def test_what_cant_be_upscaled_is_one_sentence(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        (tmp_path / "notes.png").write_text("no picture")
        session.upscaling.upscale_file(tmp_path / "notes.png", 2)
        await until(lambda: len(notices) == 1)
        session.upscaling.upscale_file(tmp_path / "missing.png", 2)
        await until(lambda: len(notices) == 2)
        Image.new("L", (4200, 4100)).save(tmp_path / "large.png")
        session.upscaling.upscale_file(tmp_path / "large.png", 2)
        await until(lambda: len(notices) == 3)
        assert "notes.png" in notices[0].sentence
        assert "missing.png" in notices[1].sentence
        assert "67 million pixels" in notices[2].sentence
        assert engine.jobs == []


async def test_a_source_that_went_meanwhile_is_said_by_the_engine(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        session.upscaling.upscale_pixels(picture_pixels(9, 5), 2)
        await until(lambda: engine.jobs)
        for path in (tmp_path / "data" / "inputs").iterdir():
            path.unlink()
        engine.jobs[0].start()
        engine.jobs[0].push(JobFailed(1, PictureError("It is gone.")))
        await until(lambda: notices)
        assert notices[0].sentence == "It is gone."
        await until(lambda: session.jobs.progress is None)


async def test_stopped_it_gives_back_what_was_on_the_canvas(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        original = await a_finished_picture(session, engine)
        emergence = session.shown.emergence
        session.upscaling.upscale(original, 2)
        await until(lambda: len(engine.jobs) == 2)
        engine.jobs[1].start()
        await until(lambda: session.shown.picture is None)
        assert session.shown.emergence is not emergence
        session.jobs.stop()
        await until(lambda: session.shown.picture == original)
        assert session.shown.emergence is emergence
        assert session.library.count() == 1


async def test_the_settings_of_an_upscaled_picture_are_its_originals(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        original = await a_finished_picture(session, engine)
        session.upscaling.upscale(original, 2)
        await until(lambda: len(engine.jobs) == 2)
        engine.jobs[1].start()
        engine.jobs[1].finish()
        await until(lambda: session.shown.picture not in (None, original))
        upscaled = session.shown.picture
        assert upscaled is not None
        session.draft.prompt = "something else"
        session.history.use_settings(upscaled)
        await until(lambda: session.draft.as_request() == original.request)

        session.history.move_to_trash([original])
        await until(lambda: session.library.count() == 1)
        session.history.use_settings(upscaled)
        await until(lambda: any("isn't in the history" in each.sentence for each in notices))


async def test_refined_it_is_drawn_again_larger_in_tiles(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        session.draft.prompt = "a small house"
        original = await a_finished_picture(session, engine)
        session.draft.prompt, session.draft.hires = "something else", HiresWish()
        session.upscaling.refine(original, 2)
        await until(lambda: len(engine.jobs) == 2)
        request = engine.jobs[1].request
        assert request.prompt == "a small house"
        assert request.init_image == PictureRef(original.pixel_digest, 64, 64)
        assert request.size == request.finished_size == Size(128, 128)
        assert (request.strength, request.tiling, request.hires) == (0.3, Tiling(64, 8), None)
        assert request.task is Task.GENERATE

        session.upscaling.refine_pixels(picture_pixels(30, 20), 4)
        await until(lambda: len(engine.jobs) == 3)
        assert engine.jobs[2].request.size == Size(120, 80)
        assert engine.jobs[2].request.prompt == "something else"
        session.upscaling.refine_artwork(Document.blank(Size(40, 30)).content, 2)
        await until(lambda: len(engine.jobs) == 4)
        assert engine.jobs[3].request.size == Size(80, 64)
        assert not notices
