"""Stars, tags and collections; what is applied gets a star; clearing all but favourites."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from studio.library.query import parse
from studio.ui.session import Session
from tests.support.fakes import FakeEngine, picture_pixels
from tests.support.sessions import a_finished_picture, a_session, until


def count(session: Session, text: str) -> int:
    return session.library.count(parse(text).condition())


async def some(session: Session, engine: FakeEngine, number: int) -> None:
    for _ in range(number):
        session.shown.put(None, None)
        job = len(engine.jobs)
        session.generation.generate()
        await until(lambda job=job: len(engine.jobs) > job)
        engine.jobs[job].start()
        engine.jobs[job].finish()
        await until(lambda: session.shown.picture)


async def test_stars_and_tags_reach_the_history(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        picture = await a_finished_picture(session, engine)
        session.marks.rate([picture], 4)
        session.marks.tag([picture], add=["night", "sky"])
        await until(lambda: count(session, "rating:4 tag:sky") == 1)
        assert await session.marks.known_tags() == ["night", "sky"]
        session.marks.tag([picture], remove=["sky"])
        await until(lambda: count(session, "tag:sky") == 0)


async def test_a_start_picture_of_the_history_gets_a_star_unless_it_has_some(
    tmp_path: Path,
) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        picture = await a_finished_picture(session, engine)
        session.start_picture.from_file(picture.path)
        await until(lambda: count(session, "rating:1") == 1)
        (starred,) = await session.library.page()
        session.marks.rate([starred], 5)
        await until(lambda: count(session, "rating:5") == 1)
        session.artwork.start_from(None)
        session.start_picture.from_file(picture.path)
        await until(lambda: session.artwork.start)
        assert count(session, "rating:5") == 1


async def test_no_star_where_that_is_not_wanted_nor_for_a_foreign_file(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        picture = await a_finished_picture(session, engine)
        Image.fromarray(picture_pixels(64, 64, 99)).save(tmp_path / "photo.png")
        session.start_picture.from_file(tmp_path / "photo.png")
        await until(lambda: session.artwork.start)
        session.marks.stars_applied = False
        session.start_picture.from_file(picture.path)
        await until(lambda: session.artwork.start.name == picture.path.name)
        assert count(session, "rating:0") == 1
        assert notices == []


async def test_collections_come_change_their_name_and_go_with_undo(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        await some(session, engine, 3)
        marks, pictures = session.marks, await session.library.page()
        marks.collect("Owls", pictures[:2])
        await until(lambda: [(c.name, c.count) for c in marks.collections] == [("Owls", 2)])
        assert marks.picture_count == 3
        assert marks.unused_name() == "New collection"
        marks.create_collection(marks.unused_name())
        await until(lambda: len(marks.collections) == 2)
        assert marks.unused_name() == "New collection 2"
        marks.rename_collection("Owls", "Night")
        marks.take_out("Night", pictures[:1])
        await until(lambda: ("Night", 1) in [(c.name, c.count) for c in marks.collections])
        marks.delete_collection("Night")
        await until(lambda: len(marks.collections) == 1)
        assert session.library.count() == 3, "its pictures stay"
        assert notices[-1].action is not None
        notices[-1].action[1]()
        await until(lambda: ("Night", 1) in [(c.name, c.count) for c in marks.collections])


async def test_all_but_favourites_go_and_come_back(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        await some(session, engine, 4)
        pictures = await session.library.page()
        session.marks.rate(pictures[1:2], 1)
        await until(lambda: count(session, "rating:1") == 1)
        assert session.history.count_all_but_favourites() == 3
        session.history.clear_all_but_favourites()
        await until(lambda: notices)
        assert [each.id for each in await session.library.page()] == [pictures[1].id]
        assert notices[-1].sentence == "3 pictures are in the trash."
        assert session.shown.picture is None, "the newest one was on the canvas"
        assert session.history.can_undo
        session.history.undo()
        await until(lambda: session.library.count() == 4)
        back = await session.library.page()
        assert [each.path for each in back] == [each.path for each in pictures]
        assert not session.history.can_undo


async def test_undo_in_the_message_brings_back_those_it_tells_of(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        await some(session, engine, 2)
        newer, older = await session.library.page()
        for picture in (newer, older):
            session.history.move_to_trash([picture])
            await until(lambda picture=picture: not picture.path.exists())
        await until(lambda: len(notices) == 2)
        assert notices[0].action is not None
        for _ in range(2):  # a second click finds nothing left to do
            notices[0].action[1]()
        await until(lambda: session.library.count() == 1)
        assert [each.path for each in await session.library.page()] == [newer.path]
