"""Selecting objects: which way is used, clicks that wait, and what the artist is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from studio.document import Document
from studio.document.edits import clear_mask, fill_mask
from studio.document.selection import METHOD, Combine, Hints
from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelRefused
from studio.domain.geometry import Box, Size
from studio.domain.request import Request
from studio.engine.segmenting import Candidates, ObjectPart, Segmenting
from studio.ui.session import Notice, Session
from tests.support.fakes import FakeCatalog, FakeEngine, make_session, picture_pixels
from tests.support.segmenters import a_segmenter, boxes_found
from tests.support.sessions import a_session, until

SIZE = Size(64, 48)
LEFT, RIGHT, INNER = Box(4, 4, 20, 20), Box(40, 10, 12, 12), Box(8, 8, 4, 4)
CLICK = Hints(inside=(((10.0, 10.0),),))
OTHER = Hints(inside=(((45.0, 15.0),),))


class Desk:
    """A session with a segmenter, and an engine that looks and answers when the test says."""

    def __init__(self, session: Session, engine: FakeEngine, notices: list[Notice]) -> None:
        self.session = session
        self.engine = engine
        self.notices = notices
        self.document = Document.of_picture(picture_pixels(64, 48))
        session.editing.open(self.document)

    @property
    def mask(self) -> np.ndarray:
        return self.document.content.mask.read(self.document.content.area)

    def selects(self, *boxes: Box) -> bool:
        """Whether the mask is these boxes and nothing else."""
        expected = np.zeros((48, 64), np.uint8)
        for box in boxes:
            expected[box.slices] = 255
        return bool((self.mask == expected).all())

    def select(self, hints: Hints = CLICK, mode: Combine = Combine.REPLACE) -> None:
        self.session.objects.select(self.document, hints, mode)

    async def question(self, number: int) -> Segmenting:
        """The question of that number, once it is asked."""
        await until(lambda: len(self.engine.asked) > number)
        question = self.engine.asked[number][0]
        assert isinstance(question, Segmenting)
        return question

    async def answer(self, number: int, *boxes: Box) -> Segmenting:
        """Answer it: with these boxes, or with nothing, as after a look."""
        question = await self.question(number)
        self.engine.asked[number][1].set_result(boxes_found(SIZE, *boxes))
        await asyncio.sleep(0)
        return question


@asynccontextmanager
async def a_desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with a_session(tmp_path, FakeCatalog(addons=[a_segmenter()])) as (session, engine, told):
        yield Desk(session, engine, told)


async def test_a_picture_is_looked_at_once_and_then_answers(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.select()
        look = await desk.answer(0)
        assert look.hints is None
        assert look.segmenter == "sam-vit-base"
        np.testing.assert_array_equal(look.picture.pixels, picture_pixels(64, 48))
        asked = await desk.answer(1, LEFT)
        assert asked.hints is CLICK
        assert asked.picture is look.picture
        await until(lambda: desk.selects(LEFT))
        desk.select(OTHER)
        await desk.answer(2, RIGHT)
        await until(lambda: desk.selects(RIGHT))
        assert [notice.sentence for notice in desk.notices] == ["Selected by “Sam Vit Base”."]
        desk.document.undo()
        assert desk.selects(LEFT)
        desk.document.undo()
        assert desk.selects()


async def test_clicks_that_add_wait_for_their_turn(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.select()
        desk.select(OTHER, Combine.ADD)
        desk.select(CLICK, Combine.SUBTRACT)
        await desk.answer(0)
        await desk.answer(1, LEFT)
        await desk.answer(2, RIGHT)
        await until(lambda: desk.selects(LEFT, RIGHT))
        await desk.answer(3, LEFT)
        await until(lambda: desk.selects(RIGHT))


async def test_a_click_that_replaces_makes_those_before_needless(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.select()
        await desk.question(0)
        desk.select(CLICK, Combine.ADD)
        desk.select(OTHER)
        await desk.answer(0)
        await desk.answer(1, LEFT)
        assert (await desk.answer(2, RIGHT)).hints is OTHER
        await until(lambda: desk.selects(RIGHT))
        desk.document.undo()
        assert desk.selects()


async def test_corrections_mean_the_last_object_seen_better(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.document.do(fill_mask(desk.document.content))
        desk.select(CLICK, Combine.INTERSECT)
        await desk.answer(0)
        await desk.answer(1, LEFT)
        await until(lambda: desk.selects(LEFT))
        desk.session.objects.correct(desk.document, (41.0, 12.0), inside=True)
        asked = await desk.answer(2, RIGHT)
        assert asked.hints == Hints(inside=(((10.0, 10.0),), ((41.0, 12.0),)))
        await until(
            lambda: desk.selects(RIGHT)
        )  # with what was masked before, not with the left one
        desk.session.objects.correct(desk.document, (1.0, 2.0), inside=False)
        await desk.question(3)
        desk.session.objects.correct(desk.document, (3.0, 4.0), inside=False)
        await desk.answer(3, LEFT)
        asked = await desk.answer(4, INNER)
        assert asked.hints is not None
        assert asked.hints.outside == (((1.0, 2.0),), ((3.0, 4.0),))
        await until(lambda: desk.selects(INNER))
        desk.document.undo()
        assert desk.selects(RIGHT)


async def test_corrections_of_another_mask_add_or_take_away(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.session.objects.correct(desk.document, (5.0, 5.0), inside=True)
        await desk.answer(0)
        await desk.answer(1, LEFT)
        await until(lambda: desk.selects(LEFT))
        desk.document.do(fill_mask(desk.document.content))
        desk.document.do(clear_mask(desk.document.content))
        desk.session.objects.correct(desk.document, (42.0, 12.0), inside=True)
        await desk.answer(2, RIGHT)
        await until(lambda: desk.selects(RIGHT))
        desk.document.do(fill_mask(desk.document.content))
        desk.session.objects.correct(desk.document, (42.0, 12.0), inside=False)
        await desk.answer(3, RIGHT)
        await until(lambda: not desk.mask[RIGHT.slices].any())
        assert (desk.mask == 0).sum() == RIGHT.width * RIGHT.height


async def test_the_last_selection_follows_part_and_whole(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.select()
        await desk.answer(0)
        await desk.answer(1, LEFT, INNER, Box(0, 0, 30, 30))
        await until(lambda: desk.selects(LEFT))
        desk.session.tools.object_part = ObjectPart.PART
        await until(lambda: desk.selects(INNER))
        desk.session.tools.object_part = ObjectPart.WHOLE
        await until(lambda: desk.selects(Box(0, 0, 30, 30)))
        assert len(desk.engine.asked) == 2
        desk.document.undo()
        desk.document.undo()
        assert desk.selects(LEFT)


async def test_cancelled_in_the_task_bar_all_clicks_are_forgotten(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.select()
        desk.select(OTHER, Combine.ADD)
        look = await desk.question(0)
        assert look.goes_on(0, 12)
        task = desk.session.tasks.running[0]
        assert task.title == "Looking at the picture"
        assert look.goes_on(6, 12)
        assert task.share == 0.5
        task.cancel()
        assert not look.goes_on(7, 12)
        desk.engine.asked[0][1].set_result(None)
        await until(lambda: not desk.session.tasks.running)
        await asyncio.sleep(0.02)
        assert len(desk.engine.asked) == 1
        assert desk.selects()
        assert desk.notices == []
        desk.session.object_preview.point_at(desk.document, (5.0, 5.0))  # doesn't begin it anew
        await asyncio.sleep(0.02)
        assert len(desk.engine.asked) == 1
        desk.select()
        await desk.answer(1)
        await desk.answer(2, LEFT)
        await until(lambda: desk.selects(LEFT))


async def test_beside_a_running_job_the_window_says_what_it_waits_for(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.select()
        await desk.answer(0)
        await desk.answer(1, LEFT)
        await until(lambda: desk.selects(LEFT))
        desk.engine.submit(Request("a cat", 1, "tiny", 64, 64)).start()
        desk.select(OTHER)
        await desk.question(2)
        assert [task.title for task in desk.session.tasks.running] == [
            "Selecting between two steps"
        ]
        await desk.answer(2, RIGHT)
        await until(lambda: desk.selects(RIGHT))
        assert desk.session.tasks.running == ()


async def test_a_picture_painted_on_meanwhile_is_another_one(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.select()
        await desk.question(0)
        other = picture_pixels(64, 48, seed=5)
        desk.session.editing.open(Document.of_picture(other))
        document = desk.session.editing.document
        assert document is not None
        await desk.answer(0)
        await desk.answer(1, LEFT)
        await until(lambda: desk.selects(LEFT))  # a document behind another one is as it was
        desk.session.objects.select(document, CLICK, Combine.REPLACE)
        look = await desk.answer(2)
        assert look.hints is None
        np.testing.assert_array_equal(look.picture.pixels, other)
        await desk.answer(3, RIGHT)
        await until(lambda: document.content.mask.count)


async def test_what_finds_nothing_says_so(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        desk.select()
        await desk.answer(0)
        await desk.answer(1)
        await until(lambda: desk.notices)
        assert desk.notices[0].sentence == "Nothing stands out there."
        assert desk.selects()


async def test_a_damaged_segmenter_is_told_once_and_colours_can_be_chosen(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        preview = desk.session.object_preview
        preview.point_at(desk.document, (5.0, 5.0))
        await desk.question(0)
        desk.engine.asked[0][1].set_exception(ModelRefused("It is damaged.", "Fetch it again."))
        await asyncio.sleep(0.02)
        assert desk.notices == []
        preview.point_at(desk.document, (6.0, 5.0))
        await asyncio.sleep(0.02)
        assert len(desk.engine.asked) == 1
        desk.select()
        await desk.question(1)
        desk.engine.asked[1][1].set_exception(ModelRefused("It is damaged.", "Fetch it again."))
        await until(lambda: desk.notices)
        assert desk.notices[0].sentence == "It is damaged."
        desk.session.tools.object_finder = METHOD
        desk.select()
        await until(lambda: len(desk.notices) == 2)
        assert len(desk.engine.asked) == 2
        assert desk.notices[1].action is None


async def test_without_a_segmenter_colours_decide_and_the_downloads_are_offered(
    tmp_path: Path,
) -> None:
    async with a_session(tmp_path) as (session, engine, told):
        desk, wanted = Desk(session, engine, told), []
        session.objects.downloads_wanted.connect(lambda: wanted.append(True))
        assert session.object_finder.segmenter is None
        pixels = np.full((48, 64, 3), 220, np.uint8)
        pixels[LEFT.slices] = (180, 40, 40)
        desk.document = Document.of_picture(pixels)
        session.editing.open(desk.document)
        desk.select()
        await until(lambda: desk.mask.any())
        assert (desk.mask[LEFT.slices] > 127).mean() > 0.9
        assert told[0].sentence == f"Selected by {METHOD}."
        assert "Segment Anything" in told[0].remedy
        assert told[0].action is not None
        told[0].action[1]()
        assert wanted == [True]
        desk.select()
        await asyncio.sleep(0.05)
        assert len(told) == 1
        assert engine.asked == []


def test_the_chosen_segmenter_is_used_while_it_is_there(tmp_path: Path) -> None:
    both = [a_segmenter(), a_segmenter("slim")]

    def in_use(chosen: str, *there: AddonInfo) -> str:
        session = make_session(tmp_path, catalog=FakeCatalog(addons=there))
        session.tools.object_finder = chosen
        found = session.object_finder.segmenter
        session.library.store.close()
        return "" if found is None else found.name

    assert in_use("", *both) == "sam-vit-base"
    assert in_use("slim", *both) == "slim"
    assert in_use("gone", *both) == "sam-vit-base"
    assert in_use(METHOD, *both) == ""
    assert in_use("slim") == ""


async def test_the_pointer_shows_what_a_click_would_select(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        preview, shown = desk.session.object_preview, []
        preview.changed.connect(lambda: shown.append(len(preview.lines)))
        preview.point_at(desk.document, (5.0, 5.0))
        await desk.answer(0)
        for place in range(6, 10):
            preview.point_at(desk.document, (float(place), 5.0))
        await desk.answer(1, LEFT)
        last = await desk.answer(2, RIGHT)
        assert last.hints == Hints(inside=(((9.0, 5.0),),))  # the newest place, no other
        await until(lambda: len(shown) == 2)
        (line,) = preview.lines
        assert line.min(axis=0).tolist() == [RIGHT.x, RIGHT.y]
        assert line.max(axis=0).tolist() == [RIGHT.right, RIGHT.bottom]
        preview.point_at(desk.document, (9.0, 6.0))
        await desk.question(3)
        preview.clear()
        assert preview.lines == ()
        await desk.answer(3, LEFT)
        await asyncio.sleep(0.02)
        assert preview.lines == ()


async def test_jobs_come_before_the_pointer(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        preview = desk.session.object_preview
        preview.point_at(desk.document, (5.0, 5.0))
        look = await desk.question(0)
        assert look.goes_on(1, 12)
        job = desk.engine.submit(Request("a cat", 1, "tiny", 64, 64))
        assert not look.goes_on(2, 12)
        desk.select()  # but not before a click that waits for the same
        await until(lambda: look.goes_on(2, 12))
        desk.engine.asked[0][1].set_result(Candidates(()))
        await desk.answer(1, LEFT)
        await until(lambda: desk.selects(LEFT))
        await asyncio.sleep(0.02)
        preview.point_at(desk.document, (6.0, 5.0))
        await asyncio.sleep(0.02)
        assert len(desk.engine.asked) == 2
        job.start()
        job.finish()
        preview.point_at(desk.document, (6.0, 5.0))
        await desk.answer(2, LEFT)
        await until(lambda: preview.lines)
