"""The grid of variations as a session makes it: one job after the other, on a fake engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.document.edits import add_picture
from studio.domain.errors import OutOfMemory, RequestError
from studio.domain.events import JobFailed
from studio.domain.variations import Axis, Setting
from tests.support.sessions import a_finished_picture, a_session, until

AXES = (Axis(Setting.STEPS, ("2", "4")), Axis(Setting.GUIDANCE_SCALE, ("1", "5")))


async def test_each_cell_becomes_a_picture_of_one_batch(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        session.draft.prompt = "a cat"
        variations = session.variations
        told: list[int] = []
        variations.cell_changed.connect(told.append)
        variations.start(AXES)
        for number in range(4):
            await until(lambda number=number: len(engine.jobs) == number + 1)
            # Whoever asks for something else meanwhile needn't wait for the rest.
            assert len(engine.waiting) + (engine.running is not None) == 1
            engine.jobs[number].start()
            engine.jobs[number].preview(1)
            engine.jobs[number].finish()
        await until(lambda: not variations.is_running)
        assert variations.done == 4
        requests = [cell.cell.request for cell in variations.cells]
        assert [job.request for job in engine.jobs] == requests
        pictures = [cell.picture for cell in variations.cells]
        assert len({picture.record.batch for picture in pictures if picture}) == 1
        assert all(picture and picture.record.batch for picture in pictures)
        assert session.library.count() == 4
        assert set(told) == {0, 1, 2, 3}
        assert session.shown.picture is None


async def test_stop_keeps_what_is_made(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        session.variations.start(AXES)
        await until(lambda: engine.jobs)
        engine.jobs[0].start()
        engine.jobs[0].finish()
        await until(lambda: len(engine.jobs) == 2)
        assert session.variations.remaining_s is not None
        engine.jobs[1].start()
        session.variations.stop()
        await until(lambda: not session.variations.is_running)
        assert engine.jobs[1].was_cancelled
        assert len(engine.jobs) == 2
        assert session.variations.done == 1
        assert not any(cell.has_failed for cell in session.variations.cells)


async def test_a_cell_that_fails_does_not_hold_up_the_others(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        session.variations.start(AXES[:1])
        await until(lambda: engine.jobs)
        engine.jobs[0].start()
        engine.jobs[0].push(
            JobFailed(engine.jobs[0].generation, OutOfMemory("Too large.", "Less."))
        )
        await until(lambda: len(engine.jobs) == 2)
        engine.jobs[1].start()
        engine.jobs[1].finish()
        await until(lambda: not session.variations.is_running)
        first, second = session.variations.cells
        assert (first.has_failed, first.picture) == (True, None)
        assert second.picture is not None
        assert len(notices) == 1


async def test_another_grid_takes_the_place_of_the_one_that_is_made(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        session.variations.start(AXES)
        await until(lambda: engine.jobs)
        engine.jobs[0].start()
        session.variations.start(AXES[:1])
        await until(lambda: len(engine.jobs) == 2)
        for job in engine.jobs[1:]:
            job.start()
            job.finish()
        await until(lambda: len(engine.jobs) == 3)
        engine.jobs[2].start()
        engine.jobs[2].finish()
        await until(lambda: not session.variations.is_running)
        assert session.variations.done == len(session.variations.cells) == 2


async def test_a_grid_that_took_anothers_place_can_be_stopped(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        session.variations.start(AXES)
        await until(lambda: engine.jobs)
        engine.jobs[0].start()
        session.variations.start(AXES)
        await until(lambda: len(engine.jobs) == 2)
        await until(lambda: engine.running is None)
        engine.jobs[1].start()
        session.variations.stop()
        await until(lambda: not session.variations.is_running)
        assert engine.jobs[1].was_cancelled


async def test_a_grid_has_what_is_painted_on_the_step_it_branches_from(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        session.draft.num_inference_steps = 8
        await a_finished_picture(session, engine)
        assert session.shown.emergence is not None
        session.shown.emergence.show(4)
        session.branching.paint_on_step()
        await until(lambda: len(engine.jobs) == 2)
        engine.jobs[1].start()
        engine.jobs[1].finish()
        await until(lambda: session.draft.branch is not None)
        document = session.editing.document
        assert document is not None
        red = np.full((8, 8, 3), (255, 0, 0), np.uint8)
        document.do(add_picture(document.content, red, "red", 8, 8))
        session.variations.start(AXES[1:])
        await until(lambda: len(engine.jobs) == 3)
        branch = engine.jobs[2].request.branch
        assert branch is not None and branch.painted is not None
        session.variations.stop()
        await until(lambda: not session.variations.is_running)


async def test_the_grid_goes_into_one_labelled_picture(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        session.variations.start(AXES)
        for number in range(3):
            await until(lambda number=number: len(engine.jobs) == number + 1)
            engine.jobs[number].start()
            engine.jobs[number].finish()
        await until(lambda: session.variations.done == 3)
        session.variations.stop()
        path = tmp_path / "grid.png"
        session.variations.export(path)
        await until(lambda: notices)
        with Image.open(path, formats=("PNG",)) as image:
            size = session.draft.size
            assert image.width > 2 * size.width
            assert image.height > 2 * size.height


async def test_what_can_not_be_made_is_refused_and_nothing_begins(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        with pytest.raises(RequestError):
            session.variations.start((Axis(Setting.STEPS, ("0",)),))
        assert not session.variations.cells
        assert not engine.jobs
