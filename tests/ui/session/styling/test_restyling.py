"""Another style for the picture on the canvas: tried out, applied, stopped, undone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QListView
from pytestqt.qtbot import QtBot

from studio.document import Document, Stroke, StrokePoint, Target
from studio.document.edits import add_paint_layer, write_mask
from studio.document.rendering.composite import flatten
from studio.document.restyling import RestyleMethod
from studio.domain.errors import EngineError
from studio.domain.events import FinishProgress, JobFailed
from studio.domain.geometry import Box, Size
from studio.domain.stylize import LossWeights, StyleColours, StyleMethod
from studio.library.style_shelf import StyleEntry
from studio.ui.prompt.generate_bar import GenerateBar
from studio.ui.prompt.queue_view import QueueView
from studio.ui.session import JobStage, Session
from studio.ui.session.styling.style_orders import StyleChoice
from tests.support.fakes import FakeEngine, FakeJob, picture_pixels
from tests.support.sessions import a_finished_picture, a_session, until

WAVE = StyleEntry("Wave", Path("wave"), painted="wave")
NIGHT = StyleEntry("Night", Path("night"), painted="night")


def a_document(session: Session, width: int = 200, height: int = 160) -> Document:
    document = Document.of_picture(picture_pixels(width, height), "photo")
    session.editing.open(document)
    return document


def choose(session: Session, *entries: StyleEntry) -> None:
    session.restyling.set_styles(tuple(StyleChoice(entry) for entry in entries))


async def the_job(engine: FakeEngine, index: int = 0) -> FakeJob:
    await until(lambda: len(engine.jobs) > index)
    job = engine.jobs[index]
    job.start()
    return job


def grey(document: Document) -> int:
    """What is seen in the middle."""
    size = document.size
    return int(flatten(document.shown)[size.height // 2, size.width // 2, 0])


async def test_a_chosen_style_is_tried_out_small_and_is_no_part_of_the_document(
    tmp_path: Path,
) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        document = a_document(session, 300, 200)
        before = document.content
        choose(session, WAVE)
        assert session.restyling.trial.is_on
        job = await the_job(engine)
        picture = job.request.init_image
        assert picture is not None
        assert (picture.width, picture.height) == (256, 171)
        assert job.request.stylize is not None
        assert job.request.stylize.styles[0].painted == "wave"
        assert session.restyling.trial.is_of(job)
        job.restyle(77)
        await until(lambda: document.overlays)
        assert grey(document) == 77
        # What is tried out is found, and kept on no disk.
        seen = session.library.input_pixels(picture.digest)
        assert seen.shape == (171, 256, 3)
        assert list(session.library.data_folder.glob("inputs/**/*.png")) == []
        fine = await the_job(engine, 1)
        assert fine.request.size == document.size
        assert fine.request.stylize == job.request.stylize
        fine.restyle(78)
        await until(lambda: grey(document) == 78)
        assert document.content is before
        assert session.library.count() == 0
        session.restyling.discard()
        assert document.shown is before
        assert not session.restyling.trial.is_on
        assert not notices


async def test_a_trial_is_no_news_for_the_prompt_panel(
    qasync_loop: object, tmp_path: Path, qtbot: QtBot
) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        bar, queue = GenerateBar(session), QueueView(session)
        for widget in (bar, queue):
            qtbot.addWidget(widget)
        a_document(session)
        choose(session, WAVE)
        await until(lambda: engine.jobs)
        shown = [queue.findChild(QListView).model().rowCount()]
        engine.jobs[0].start()
        shown.append(queue.findChild(QListView).model().rowCount())
        assert shown == [0, 0]
        assert bar.button.accessibleName() == "Generate"
        session.generation.generate()
        assert queue.findChild(QListView).model().rowCount() == 1
        engine.jobs[0].restyle(5)
        engine.jobs[1].start()
        assert bar.button.accessibleName() == "Stop"
        engine.jobs[1].cancel()


async def test_only_the_latest_wish_is_tried_out_while_one_is_computed(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document = a_document(session)
        choose(session, WAVE)
        first = await the_job(engine)
        for percent in (90, 60, 30):
            session.restyling.set_strength(percent / 100)
            await asyncio.sleep(0)
        first.restyle(50)
        second = await the_job(engine, 1)
        assert second.request.stylize is not None
        assert second.request.stylize.strength == 0.3
        second.restyle(60)
        await until(lambda: grey(document) == 60)
        assert len(engine.jobs) == 2


async def test_a_finer_trial_gives_way_to_another_wish(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document = a_document(session, 2000, 1000)
        choose(session, WAVE)
        (await the_job(engine)).restyle(50)
        fine = await the_job(engine, 1)
        assert fine.request.size == Size(1024, 512)
        session.restyling.set_strength(0.5)
        assert fine.was_cancelled
        again = await the_job(engine, 2)
        assert again.request.size == Size(256, 128)
        again.restyle(60)
        (await the_job(engine, 3)).restyle(61)
        await until(lambda: grey(document) == 61)
        session.restyling.discard()
        assert not document.overlays
        await asyncio.sleep(0.05)
        assert len(engine.jobs) == 4


async def test_what_waits_behind_another_job_gives_way_to_a_newer_wish(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        a_document(session)
        choose(session, WAVE)
        await until(lambda: engine.jobs)
        session.restyling.set_strength(0.5)
        await until(lambda: len(engine.jobs) == 2)
        assert engine.jobs[0].was_cancelled
        assert [job.request.stylize.strength for job in engine.waiting] == [0.5]


async def test_a_trial_goes_when_somebody_paints_on(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document = a_document(session)
        document.do(add_paint_layer(document.content))
        choose(session, WAVE)
        (await the_job(engine)).restyle(77)
        await until(lambda: document.overlays)
        brush = next(iter(session.tools.brushes.values()))
        stroke = Stroke(document, replace(brush, size_px=40), Target.LAYER, (255, 0, 0))
        stroke.extend([StrokePoint(150, 100, 1.0), StrokePoint(151, 100, 1.0)])
        assert not document.overlays
        stroke.finish()
        assert tuple(flatten(document.shown)[100, 150, :3]) == (255, 0, 0)
        assert not session.restyling.trial.is_on


async def test_another_mask_is_another_trial(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document = a_document(session)
        choose(session, WAVE)
        (await the_job(engine)).restyle(77)
        await until(lambda: document.overlays)
        changes: list[bool] = []
        session.restyling.wishes_changed.connect(lambda: changes.append(session.restyling.has_mask))
        mask = np.full((50, 60), 255, np.uint8)
        document.do(write_mask(document.content, Box(20, 20, 60, 50), mask))
        assert changes[-1]
        job = await the_job(engine, 1)
        assert job.request.stylize is not None and job.request.stylize.mask is not None
        session.restyling.set_under_mask(False)
        job.restyle(20)
        third = await the_job(engine, 2)
        assert third.request.stylize is not None and third.request.stylize.mask is None


async def test_candidates_on_offer_are_not_covered_by_a_trial(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document = a_document(session)
        shown = Document.of_picture(picture_pixels(200, 160)).content.layers
        document.set_overlays(shown)
        choose(session, WAVE)
        assert not session.restyling.trial.is_on
        assert document.overlays == shown
        session.restyling.discard()
        assert document.overlays == shown
        assert not engine.jobs


async def test_without_trials_nothing_is_computed(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        a_document(session)
        session.restyling.set_tries_out(False)
        choose(session, WAVE)
        session.restyling.set_tries_out(True)
        assert session.restyling.trial.is_on
        session.restyling.set_method(RestyleMethod.DIFFUSION)
        assert not session.restyling.trial.is_on
        await until(lambda: all(job.was_cancelled for job in engine.jobs))


async def test_applied_it_is_one_layer_one_undo_step_and_in_the_history(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        document = a_document(session)
        before = flatten(document.content)
        session.restyling.set_tries_out(False)
        choose(session, WAVE, NIGHT)
        session.restyling.set_strength(0.8)
        session.restyling.set_colours(StyleColours.LUMINANCE)
        session.restyling.apply()
        assert session.restyling.is_working
        job = await the_job(engine)
        assert session.restyling.is_running
        stylize, picture = job.request.stylize, job.request.init_image
        assert stylize is not None and picture is not None
        assert (picture.width, picture.height) == (200, 160)
        assert (stylize.strength, stylize.colours) == (0.8, StyleColours.LUMINANCE)
        job.push(FinishProgress(job.generation, 1, 4, 0.5, 0.5))
        await until(lambda: session.jobs.progress is not None)
        assert session.jobs.progress is not None
        assert session.jobs.progress.stage is JobStage.RESTYLING
        job.restyle(120)
        await until(lambda: not session.restyling.is_working)
        assert [layer.name for layer in document.content.layers] == ["photo", "Wave + Night"]
        assert grey(document) == 120
        assert session.jobs.progress is None
        (made,) = await session.library.page()
        assert made.request == job.request
        session.editing.undo()
        assert np.array_equal(flatten(document.shown), before)
        assert not document.overlays
        session.editing.redo()
        assert grey(document) == 120
        assert not notices


async def test_under_the_mask_only_the_masked_part_is_covered(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document = a_document(session)
        mask = np.full((50, 60), 255, np.uint8)
        document.do(write_mask(document.content, Box(20, 20, 60, 50), mask))
        session.restyling.set_tries_out(False)
        session.restyling.set_wishes(replace(session.restyling.wishes, feather_px=12))
        session.restyling.set_styles((StyleChoice(WAVE),), (StyleChoice(NIGHT, scale=2),))
        session.restyling.apply()
        job = await the_job(engine)
        stylize = job.request.stylize
        assert stylize is not None and stylize.mask is not None
        assert stylize.feather_px == 12
        assert [style.painted for style in stylize.outside] == ["night"]
        kept = session.library.input_pixels(stylize.mask.digest)
        assert kept[..., 0][40, 40] == 255 and kept[..., 0][0, 0] == 0


async def test_the_shown_picture_becomes_an_artwork_of_two_layers(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        await a_finished_picture(session, engine)
        waiting = Document.of_picture(picture_pixels(40, 40), "another artwork")
        session.editing.open(waiting)
        session.editing.leave()
        session.restyling.set_tries_out(False)
        choose(session, WAVE)
        session.restyling.apply()
        (await the_job(engine, 1)).restyle(99)
        await until(lambda: not session.restyling.is_working)
        document = session.editing.document
        assert document is not None and document is not waiting
        assert len(document.content.layers) == 2
        assert session.editing.is_on_canvas
        assert len(waiting.content.layers) == 1


async def test_what_is_missing_is_said(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        restyling = session.restyling
        assert restyling.problem == "There is no picture on the canvas yet."
        restyling.apply()
        assert notices[-1].sentence == restyling.problem
        a_document(session)
        assert restyling.problem == "Choose a style."
        choose(session, WAVE)
        assert not restyling.problem
        restyling.set_method(RestyleMethod.OPTIMISED)
        assert "painted styles" in restyling.problem
        restyling.set_method(RestyleMethod.DIFFUSION)
        assert restyling.problem == "Say which style."
        restyling.set_prompt("an oil painting")
        assert not restyling.problem
        assert not restyling.is_working
        assert [job for job in engine.jobs if not job.was_cancelled] == []


async def test_each_method_has_its_own_strength(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _):
        restyling = session.restyling
        restyling.set_strength(0.4)
        restyling.set_method(RestyleMethod.DIFFUSION)
        assert restyling.wishes.strength == 0.6
        restyling.set_strength(0.9)
        restyling.set_method(RestyleMethod.INSTANT)
        assert restyling.wishes.strength == 0.4
        restyling.set_method(RestyleMethod.DIFFUSION)
        assert restyling.wishes.strength == 0.9


@pytest.fixture
def painting(tmp_path: Path) -> StyleEntry:
    path = tmp_path / "painting.png"
    Image.fromarray(picture_pixels(50, 40, 9)).save(path)
    return StyleEntry("Painting", path)


async def test_the_optimised_method_streams_can_be_weighed_anew_and_ended_here(
    tmp_path: Path, painting: StyleEntry
) -> None:
    async with a_session(tmp_path / "studio") as (session, engine, notices):
        document, restyling = a_document(session), session.restyling
        restyling.set_method(RestyleMethod.OPTIMISED)
        choose(session, painting)
        assert not restyling.trial.is_on
        restyling.apply()
        job = await the_job(engine)
        assert job.request.stylize is not None
        assert job.request.stylize.method is StyleMethod.OPTIMISED
        job.come_nearer(3, 300, 40)
        await until(lambda: grey(document) == 40)
        assert restyling.losses is not None and restyling.losses.shape == (3, 3)
        weights = LossWeights(0.05, 1.0)
        restyling.set_wishes(replace(restyling.wishes, weights=weights))
        assert job.weights == weights
        restyling.stop_here()
        assert job.stopped_here and not job.was_cancelled
        job.restyle(45)
        await until(lambda: not restyling.is_working)
        assert grey(document) == 45
        assert not document.overlays
        assert not notices


@pytest.mark.parametrize("is_submitted", [True, False])
async def test_stopped_it_leaves_no_trace(tmp_path: Path, is_submitted: bool) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        document = a_document(session)
        session.restyling.set_tries_out(False)
        choose(session, WAVE)
        session.restyling.apply()
        if is_submitted:
            (await the_job(engine)).come_nearer(1, 5, 30)
            await until(lambda: document.overlays)
        session.restyling.stop()
        await until(lambda: not session.restyling.is_working)
        assert len(document.content.layers) == 1
        assert not document.overlays
        assert session.library.count() == 0
        assert len(engine.jobs) == is_submitted
        assert not notices


async def test_a_failure_is_told_and_the_next_try_works(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        document = a_document(session)
        session.restyling.set_tries_out(False)
        choose(session, WAVE)
        session.restyling.apply()
        job = await the_job(engine)
        job.push(JobFailed(job.generation, EngineError("The memory is full.", "Close a program.")))
        await until(lambda: not session.restyling.is_working)
        assert [notice.sentence for notice in notices] == ["The memory is full."]
        session.restyling.apply()
        (await the_job(engine, 1)).restyle(10)
        await until(lambda: len(document.content.layers) == 2)


async def test_another_document_ends_what_was_under_way(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        first = a_document(session)
        session.restyling.set_tries_out(False)
        choose(session, WAVE)
        session.restyling.apply()
        job = await the_job(engine)
        other = a_document(session, 80, 60)
        assert job.was_cancelled
        await until(lambda: not session.restyling.is_working)
        assert len(first.content.layers) == len(other.content.layers) == 1


async def test_diffusion_repaints_the_whole_picture_by_words(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        document = a_document(session, 64, 64)
        session.draft.prompt = "a fox"
        session.restyling.set_method(RestyleMethod.DIFFUSION)
        session.restyling.set_prompt(" an oil painting ")
        session.restyling.apply()
        job = await the_job(engine)
        assert job.request.prompt == "an oil painting"
        assert job.request.inpaint is not None
        assert job.request.stylize is None
        job.paint(130)
        await until(lambda: not session.restyling.is_working)
        assert document.content.layers[-1].name == "an oil painting"
