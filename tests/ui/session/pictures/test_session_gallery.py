"""Which pictures are shown: all, what is searched for, what comes and goes meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from studio.domain.errors import StorageError
from studio.library import Picture
from studio.library.index.outline import Grouping
from studio.ui.session import Session
from studio.ui.session.pictures import gallery as module
from studio.ui.session.pictures.gallery import Gallery
from tests.support.fakes import picture_pixels
from tests.support.samples import a_request
from tests.support.sessions import a_session, until


@asynccontextmanager
async def with_pictures(folder: Path, *prompts: str) -> AsyncIterator[tuple[Session, Gallery]]:
    async with a_session(folder) as (session, _, _):
        for prompt in prompts:
            await record(session, prompt)
        session.gallery.open()
        await until(lambda: session.gallery.is_complete)
        yield session, session.gallery


async def record(session: Session, prompt: str, batch: str = "") -> Picture:
    seed = session.library.count()
    request = a_request(prompt, seed)
    return await session.library.record(picture_pixels(16, 16, seed), request, batch=batch)


async def prompts(gallery: Gallery) -> list[str]:
    return [each.settings.prompt for each in await gallery.read(0, gallery.count)]


async def test_newest_first_and_what_comes_stands_on_top(tmp_path: Path) -> None:
    async with with_pictures(tmp_path, "an owl", "a fox") as (session, gallery):
        assert await prompts(gallery) == ["a fox", "an owl"]
        rows: list[int] = []
        gallery.moved.connect(lambda changes: rows.extend(change.row for change in changes))
        version = gallery.version
        await record(session, "a boat")
        await until(lambda: gallery.count == 3)
        assert rows == [0]
        assert gallery.version > version
        assert await prompts(gallery) == ["a boat", "a fox", "an owl"]
        assert [group.count for group in gallery.groups] == [3]


async def test_a_search_shows_what_it_finds_and_new_ones_only_if_they_fit(tmp_path: Path) -> None:
    async with with_pictures(tmp_path, "an owl", "a fox", "two owls") as (session, gallery):
        gallery.search("owl")
        await until(lambda: gallery.is_complete and gallery.count == 2)
        assert gallery.is_filtered
        assert await prompts(gallery) == ["two owls", "an owl"]
        await record(session, "a boat")
        await record(session, "an owl at night")
        await until(lambda: gallery.count == 3)
        assert await prompts(gallery) == ["an owl at night", "two owls", "an owl"]
        gallery.search("")
        await until(lambda: gallery.is_complete and gallery.count == 5)


async def test_an_older_answer_never_takes_the_place_of_a_newer_one(tmp_path: Path) -> None:
    async with with_pictures(tmp_path, "an owl", "a fox") as (session, gallery):
        real, gate = session.library.page, asyncio.Event()

        async def slow_at_first(*arguments: object) -> list[Picture]:
            page = await real(*arguments)  # type: ignore[arg-type]
            if any(picture.settings.prompt == "an owl" for picture in page):
                await gate.wait()
            return page

        session.library.page = slow_at_first  # type: ignore[method-assign, assignment]
        gallery.search("owl")
        await asyncio.sleep(0.02)
        gallery.search("fox")
        await until(lambda: gallery.is_complete)
        gate.set()
        await asyncio.sleep(0.05)
        assert await prompts(gallery) == ["a fox"]


async def test_the_first_pictures_are_there_before_all_are_counted(
    tmp_path: Path, monkeypatch: object
) -> None:
    async with a_session(tmp_path) as (session, _, _):
        for number in range(5):
            await record(session, f"picture {number}")
        real, gate = session.library.outline, asyncio.Event()

        async def slow(*arguments: object) -> object:
            await gate.wait()
            return await real(*arguments)  # type: ignore[arg-type]

        session.library.outline = slow  # type: ignore[method-assign, assignment]
        told: list[str] = []
        gallery = session.gallery
        gallery.replaced.connect(lambda: told.append("replaced"))
        gallery.completed.connect(lambda: told.append("completed"))
        gallery.open()
        await until(lambda: told)
        assert (gallery.count, gallery.is_complete) == (5, False)
        assert [group.count for group in gallery.groups] == [5]
        gate.set()
        await until(lambda: gallery.is_complete)
        assert told == ["replaced", "completed"]
        assert module.FIRST_COUNT > 5


async def test_what_comes_while_all_are_counted_is_not_lost(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _):
        await record(session, "an owl")
        real, gate = session.library.outline, asyncio.Event()

        async def slow(*arguments: object) -> object:
            outline = await real(*arguments)  # type: ignore[arg-type]
            await gate.wait()
            return outline

        session.library.outline = slow  # type: ignore[method-assign, assignment]
        gallery = session.gallery
        gallery.open()
        await until(lambda: gallery.count == 1)
        await record(session, "a fox")
        gate.set()
        await until(lambda: gallery.is_complete and gallery.count == 2)
        assert await prompts(gallery) == ["a fox", "an owl"]


async def test_pictures_stand_in_groups(tmp_path: Path) -> None:
    async with with_pictures(tmp_path, "an owl") as (session, gallery):
        for number in range(2):
            await record(session, f"a fox {number}", batch="b1")
        gallery.group(Grouping.BATCH)
        await until(lambda: len(gallery.groups) == 2)
        assert {group.key: group.count for group in gallery.groups} == {"": 1, "b1": 2}
        gallery.group(Grouping.NONE)
        await until(lambda: [group.count for group in gallery.groups] == [3])


async def test_a_list_of_somebodys_choice_until_something_is_searched(tmp_path: Path) -> None:
    async with with_pictures(tmp_path, "an owl", "a fox", "a boat") as (session, gallery):
        boat, fox, owl = await gallery.read(0, 3)
        gallery.show_list("Like an owl", [owl, boat, fox])
        assert gallery.is_complete
        assert gallery.is_filtered
        assert await gallery.read(0, 3) == [owl, boat, fox]
        await session.library.delete([boat])
        await until(lambda: gallery.count == 2)
        assert await gallery.read(0, 3) == [owl, fox]
        gallery.search("")
        await until(lambda: gallery.is_complete and not gallery.listed)
        assert await prompts(gallery) == ["a fox", "an owl"]


async def test_stars_are_told_and_may_end_a_search(tmp_path: Path) -> None:
    async with with_pictures(tmp_path, "an owl", "a fox") as (session, gallery):
        fox, _ = await gallery.read(0, 2)
        gallery.search("rating:0")
        await until(lambda: gallery.is_complete and gallery.count == 2)
        described: list[Picture] = []
        gallery.described.connect(described.extend)
        session.marks.rate([fox], 3)
        await until(lambda: gallery.count == 1)
        assert [(each.id, each.rating) for each in described] == [(fox.id, 3)]


async def test_what_could_not_be_answered_is_asked_again_when_something_comes(
    tmp_path: Path,
) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        real = session.library.page

        async def refuses(*_arguments: object) -> list[Picture]:
            raise StorageError("Another program holds the history.")

        session.library.page = refuses  # type: ignore[method-assign]
        session.gallery.open()
        await until(lambda: notices)
        assert not session.gallery.is_complete
        session.library.page = real  # type: ignore[method-assign]
        await record(session, "an owl")
        await until(lambda: session.gallery.is_complete)
        assert await prompts(session.gallery) == ["an owl"]
