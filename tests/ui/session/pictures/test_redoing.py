"""Pictures made anew: the same again, and a whole chain with one thing changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studio.domain.errors import OutOfMemory
from studio.domain.events import JobFailed
from studio.domain.request import PictureRef
from studio.library import Picture, upscale_request
from studio.library.lineage.lineage import Edge, Lineage, lineage_of
from studio.library.lineage.redo import Alteration, alone
from studio.library.picture import Parent, ParentRole
from studio.ui.session import Session
from tests.support.fakes import FakeEngine, picture_pixels
from tests.support.samples import a_picture, a_request
from tests.support.sessions import a_session, until


def ref(picture: Picture) -> PictureRef:
    return PictureRef(picture.pixel_digest, picture.width, picture.height)


async def a_family(session: Session) -> list[Picture]:
    """An owl, drawn over at night, and that upscaled; drawn over in snow, too."""
    record = session.library.record
    owl = await record(picture_pixels(64, 48, 50), a_request("an owl", 1))
    night = await record(
        picture_pixels(64, 48, 51), a_request("at night", 2, init_image=ref(owl), strength=0.5)
    )
    large = await record(
        picture_pixels(128, 96, 52), upscale_request(ref(night), 2, "fast", night.record)
    )
    snow = await record(
        picture_pixels(64, 48, 53), a_request("an owl", 4, init_image=ref(owl), strength=0.7)
    )
    return [owl, night, large, snow]


def lineage(session: Session, picture: Picture) -> Lineage:
    *_, whole = lineage_of(session.library.store.lineage, picture)
    return whole


async def newest(session: Session) -> Picture:
    return (await session.library.page(limit=1))[0]


async def finish(session: Session, engine: FakeEngine, number: int) -> Picture:
    """Job `number` (from 0 on) draws its picture, which goes into the history."""
    await until(lambda: len(engine.jobs) > number)
    count = session.library.count()
    engine.jobs[number].start()
    engine.jobs[number].finish()
    await until(lambda: session.library.count() > count)
    return await newest(session)


async def test_a_picture_is_made_by_its_own_request_again(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        owl, *_ = await a_family(session)
        session.redoing.make_anew(owl)
        await until(lambda: engine.jobs)
        assert engine.jobs[0].request == owl.request
        await finish(session, engine, 0)


async def test_an_import_cant_be_made_anew(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        imported = a_picture(1)
        object.__setattr__(imported.record, "request", None)
        session.redoing.make_anew(imported)
        assert notices[0].is_error and "imported" in notices[0].sentence
        assert not engine.jobs


async def test_a_chain_is_made_again_with_one_thing_changed(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        owl, _, large, snow = await a_family(session)
        wanted = Alteration("prompt", "a fox")
        session.redoing.redo_with(lineage(session, owl), owl, wanted, with_descendants=True)
        fox = await finish(session, engine, 0)
        assert engine.jobs[0].request.prompt == "a fox" and engine.jobs[0].request.seed == 1
        made = {}
        for number in (1, 2, 3):
            picture = await finish(session, engine, number)
            made[engine.jobs[number].request.task, picture.settings.prompt] = picture
        requests = [job.request for job in engine.jobs]
        # Each stands on the new picture; where the prompt was the same it is the new one.
        over = [request for request in requests[1:] if request.strength in (0.5, 0.7)]
        assert {(one.prompt, one.seed) for one in over} == {("at night", 2), ("a fox", 4)}
        assert all(one.init_image == ref(fox) for one in over)
        new_night = next(one for one in made.values() if one.settings.seed == 2 and one.width == 64)
        upscaled = next(request for request in requests if request.upscale == 2)
        assert upscaled.init_image == ref(new_night)
        await until(lambda: notices)
        assert notices[0].sentence == "4 of 4 pictures were made anew." and not notices[0].is_error
        # All that was there stays, and what is new knows what begot it.
        assert session.library.get(large.id) and session.library.get(snow.id)
        assert len(lineage(session, fox).pictures) == 4


async def test_a_kept_step_is_kept_of_the_new_picture(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        owl, *_ = await a_family(session)
        kept = await session.library.record(
            picture_pixels(64, 48, 99),
            replace(alone(owl), last_step=2),
            parents=(Parent(ParentRole.BRANCH, alone(owl).digest),),
        )
        edge = Edge(owl.id, kept.id, ParentRole.BRANCH)
        family = Lineage(owl.id, {owl.id: owl, kept.id: kept}, (edge,))
        wanted = Alteration("prompt", "a fox")
        session.redoing.redo_with(family, owl, wanted, with_descendants=True)
        fox = await finish(session, engine, 0)
        new = await finish(session, engine, 1)
        assert engine.jobs[1].request == replace(alone(fox), last_step=2)
        assert session.library.store.lineage.parents_of(new) == [(ParentRole.BRANCH, fox)]


async def test_one_picture_alone_can_be_redone(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        owl, *_ = await a_family(session)
        session.redoing.redo_with(
            lineage(session, owl), owl, Alteration("seed", 77), with_descendants=False
        )
        await finish(session, engine, 0)
        await until(lambda: notices)
        assert engine.jobs[0].request.seed == 77 and len(engine.jobs) == 1
        assert notices[0].action is not None


async def test_what_is_cancelled_is_not_gone_on_with(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        owl, *_ = await a_family(session)
        session.redoing.redo_with(
            lineage(session, owl), owl, Alteration("seed", 77), with_descendants=True
        )
        await finish(session, engine, 0)
        await until(lambda: len(engine.jobs) == 2)
        engine.jobs[1].start()
        (task,) = session.tasks.running
        assert "4 pictures" in task.title
        task.cancel()
        await until(lambda: not session.tasks.running)
        assert engine.jobs[1].was_cancelled and len(engine.jobs) == 2


async def test_what_grew_from_a_picture_that_failed_is_left_out(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        owl, *_ = await a_family(session)
        session.redoing.redo_with(
            lineage(session, owl), owl, Alteration("seed", 77), with_descendants=True
        )
        await finish(session, engine, 0)
        await until(lambda: len(engine.jobs) == 2)
        failing = engine.jobs[1]
        failing.start()
        failing.push(JobFailed(failing.generation, OutOfMemory("There is no memory left.")))
        if failing.request.prompt == "at night":
            await finish(session, engine, 2)
            lost = 2  # the night, and what was upscaled from it
        else:
            await finish(session, engine, 2)
            await finish(session, engine, 3)
            lost = 1
        await until(lambda: len(notices) == 2)
        assert notices[1].sentence == f"{4 - lost} of 4 pictures were made anew."


async def test_closing_ends_what_is_under_way(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        owl, *_ = await a_family(session)
        session.redoing.redo_with(
            lineage(session, owl), owl, Alteration("seed", 77), with_descendants=True
        )
        await until(lambda: engine.jobs)
        engine.jobs[0].start()
        await session.close()
        assert engine.jobs[0].was_cancelled


async def test_what_doesnt_fit_is_told(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        owl, *_ = await a_family(session)
        session.redoing.redo_with(
            lineage(session, owl), owl, Alteration("seed", -5), with_descendants=True
        )
        await until(lambda: notices)
        assert notices[0].is_error and "seed" in notices[0].remedy and not engine.jobs


@pytest.mark.parametrize("name", ["width", "init_image", "nothing"])
def test_only_some_things_can_be_changed(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Alteration(name, 1)
