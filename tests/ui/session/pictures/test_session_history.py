from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from studio.domain.adapters import LoraUse
from studio.domain.events import Pixels
from studio.domain.making import FileHash, Making
from studio.library import Picture
from studio.library.steps.steps import steps_path
from tests.support.fakes import FakeCatalog, an_addon, picture_pixels
from tests.support.sessions import a_finished_picture, a_session, until


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


async def test_loras_that_were_renamed_since_are_found_by_their_hashes(tmp_path: Path) -> None:
    ink = an_addon("ink v2", written_hash="a1b2c3d4e5f6")
    fog = an_addon("fog", written_hash="0123456789ab")
    catalog = FakeCatalog(addons=(ink, fog))
    digits = {"Ink": "a1b2c3d4e5f6", "pen": "a1b2c3d4e5f6", "FOG": "a1b2c3d4e5f6", "gone": "f" * 12}
    making = Making(hashes=tuple(FileHash("lora", *pair) for pair in digits.items()))
    async with a_session(tmp_path, catalog) as (session, _engine, _):
        request = replace(
            session.draft.as_request(),
            prompt="a fox <lora:Ink:0.5:0.8> <lora:FOG:1> <lora:gone:1>",
            negative_prompt="rain <lora:unknown:1>",
            loras=(LoraUse("pen", 0.4),),
        )
        pixels = picture_pixels(request.width, request.height)
        picture = await session.library.record(pixels, request, making=making)
        session.history.use_settings(picture)
        await until(lambda: session.draft.loras)
        assert session.draft.prompt == "a fox <lora:ink v2:0.5:0.8> <lora:FOG:1> <lora:gone:1>"
        assert session.draft.negative_prompt == "rain <lora:unknown:1>"
        assert session.draft.loras == (LoraUse("ink v2", 0.4),)


async def test_deleting_the_shown_picture_clears_the_canvas(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        picture = await a_finished_picture(session, engine)
        session.history.move_to_trash([picture])
        await until(lambda: session.shown.picture is None)
        assert session.artwork.pixels is None
        assert not picture.path.exists()
        assert (tmp_path / "trash" / picture.path.name).exists()


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


async def test_a_picture_whose_steps_are_gone_is_shown_without_them(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        picture = await a_finished_picture(session, engine)
        steps_path(picture.path).unlink()
        session.shown.put(None, None)
        session.history.show(picture)
        await until(lambda: session.shown.picture == picture)
        assert [notice.is_error for notice in notices] == [True]
        assert session.branching.offers.make_anew
