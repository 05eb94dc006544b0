"""Looking at pictures in the background, and asking which are alike. The network is a fake."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.domain.events import Pixels
from studio.engine import EngineState, EngineStatus
from studio.library import Picture
from studio.ui.session import Session
from studio.ui.session.pictures.similarity import Similarity
from tests.support.fakes import FakeEngine
from tests.support.samples import a_request
from tests.support.sessions import a_session, until

RED, DARK_RED, BLUE = (200, 20, 20), (160, 30, 20), (20, 30, 200)


class Eyes:
    """Sees mean colours, and remembers how many pictures it was shown at once."""

    def __init__(self) -> None:
        self.shown: list[int] = []
        self.is_closed = False

    def describe(self, pictures: Sequence[Pixels]) -> NDArray[np.int8]:
        self.shown.append(len(pictures))
        rows = [pixels.mean(axis=(0, 1)) - 128 for pixels in pictures]
        return np.array(rows or np.empty((0, 3))).astype(np.int8)

    def close(self) -> None:
        self.is_closed = True


async def recorded(session: Session, *colours: tuple[int, int, int]) -> list[Picture]:
    return [
        await session.library.record(np.full((24, 32, 3), colour, np.uint8), a_request(seed=seed))
        for seed, colour in enumerate(colours)
    ]


def looking(session: Session, eyes: Eyes, rest_s: float = 0.0) -> Similarity:
    return Similarity(
        lambda: eyes,
        session.engine,
        session.library,
        session.gallery,
        session._background,
        rest_s=rest_s,
    )


def be(engine: FakeEngine, state: EngineState) -> None:
    engine.status = EngineStatus(state)
    engine.status_changed.emit(engine.status)


async def test_it_looks_at_old_pictures_and_then_at_new_ones(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        await recorded(session, *[RED] * 10)
        eyes = Eyes()
        similarity = looking(session, eyes)
        be(engine, EngineState.READY)
        similarity.begin()
        await until(lambda: similarity.known == 10)
        assert eyes.shown == [4, 4, 2]
        assert not similarity.is_looking
        await recorded(session, BLUE)
        await until(lambda: similarity.known == 11)
        assert eyes.shown == [4, 4, 2, 1]
        assert similarity.total == 11


async def test_the_most_alike_come_first(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _):
        red, blue, dark_red, other_blue = await recorded(session, RED, BLUE, DARK_RED, BLUE)
        similarity = looking(session, Eyes())
        await similarity._look_at([red, blue, dark_red, other_blue])
        assert await similarity.similar(red) == [dark_red, other_blue, blue]
        assert (await similarity.similar(blue))[0] == other_blue


async def test_who_asks_about_a_picture_that_it_has_not_seen_waits_for_a_look(
    tmp_path: Path,
) -> None:
    async with a_session(tmp_path) as (session, _, _):
        red, blue, dark_red = await recorded(session, RED, BLUE, DARK_RED)
        similarity = looking(session, Eyes())
        await similarity._look_at([red, blue])
        similarity.pause()
        assert await similarity.similar(dark_red) == [red, blue]


async def test_it_rests_while_a_job_runs_and_while_it_is_paused(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        await recorded(session, RED, BLUE)
        eyes = Eyes()
        similarity = looking(session, eyes)
        be(engine, EngineState.BUSY)
        similarity.pause()
        similarity.begin()
        await until(lambda: similarity.total == 2)
        assert similarity.is_looking
        be(engine, EngineState.READY)
        await asyncio.sleep(0.02)
        similarity.resume()
        be(engine, EngineState.BUSY)
        await asyncio.sleep(0.02)
        assert eyes.shown == []
        be(engine, EngineState.READY)
        await until(lambda: similarity.known == 2)


async def test_a_picture_without_its_file_is_not_looked_at_again_and_again(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        lost, other = await recorded(session, RED, BLUE)
        lost.path.unlink()
        similarity = looking(session, Eyes())
        be(engine, EngineState.READY)
        similarity.begin()
        await until(lambda: similarity.known == 2)
        assert session.library.likenesses.missing(5) == []
        assert await similarity.similar(other) == []
        assert notices == []


async def test_what_goes_is_no_longer_counted(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        first, _second = await recorded(session, RED, BLUE)
        similarity = looking(session, Eyes())
        be(engine, EngineState.READY)
        similarity.begin()
        await until(lambda: similarity.known == 2)
        await session.library.delete([first])
        assert (similarity.known, similarity.total) == (1, 1)


async def test_the_gallery_lists_what_looks_like_a_picture(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _):
        red, blue, dark_red = await recorded(session, RED, BLUE, DARK_RED)
        similarity = looking(session, Eyes())
        await similarity._look_at([red, blue, dark_red])
        similarity.show(red)
        await until(lambda: session.gallery.listed)
        assert session.gallery.listed == "Like “a cat in the snow”"
        assert session.gallery.first == [red, dark_red, blue]


async def test_it_begins_only_when_nothing_was_asked_for_a_while(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        eyes = Eyes()
        similarity = looking(session, eyes, rest_s=0.2)
        be(engine, EngineState.READY)
        similarity.begin()
        for _number in range(4):
            be(engine, EngineState.BUSY)
            await recorded(session, RED)
            be(engine, EngineState.READY)
            await asyncio.sleep(0.1)
        assert eyes.shown == []
        await until(lambda: similarity.known == 4)


async def test_closed_it_lets_go_of_what_describes_and_makes_none_any_more(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _):
        pictures = await recorded(session, RED, BLUE)
        eyes, other_eyes = Eyes(), Eyes()
        similarity, unused = looking(session, eyes), looking(session, other_eyes)
        await similarity._look_at(pictures)
        await similarity.close()
        assert eyes.is_closed
        await unused.close()
        with pytest.raises(RuntimeError):
            await unused._look_at(pictures)
        assert other_eyes.shown == []
