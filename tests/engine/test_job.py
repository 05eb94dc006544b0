"""What a listener hears of a job, and when."""

from __future__ import annotations

from collections.abc import AsyncIterator

import numpy as np

from studio.domain.events import Event, ImageReady, JobCancelled, JobStarted, StepPreview
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.job import LocalJob
from studio.engine.preview_pace import PreviewPace

REQUEST = Request("a cat", 1, "tiny", 32, 32)
AGES_S = 3600.0


def job_with_interval(seconds: float) -> LocalJob:
    pace = PreviewPace(shortest_s=seconds, longest_s=seconds)
    return LocalJob(REQUEST, Control(1), lambda job: job.control.cancel(), pace)


def preview(step: int) -> StepPreview:
    return StepPreview(1, step, 20, np.zeros((1, 1, 1, 3), np.uint8), 0.0, 0.0)


def ready() -> ImageReady:
    none = np.zeros((1, 1, 1, 3), np.uint8)
    return ImageReady(1, none, none[None], (), 0.0)


def tell(job: LocalJob, *events: Event) -> None:
    for event in events:
        job.mailbox.put(event)
    job.wake()


async def step_of(story: AsyncIterator[Event]) -> int:
    event = await anext(story)
    assert isinstance(event, StepPreview)
    return event.step


async def test_previews_that_come_too_quickly_are_passed_over() -> None:
    job = job_with_interval(AGES_S)
    story = job.events()
    tell(job, JobStarted(1))
    assert await anext(story) == JobStarted(1)
    tell(job, preview(1))
    assert await step_of(story) == 1
    for step in range(2, 20):
        tell(job, preview(step))
    tell(job, ready())
    assert [type(event) async for event in story] == [ImageReady]


async def test_a_preview_that_was_held_back_is_told_when_its_time_comes() -> None:
    job = job_with_interval(0.01)
    story = job.events()
    tell(job, preview(1))
    assert await step_of(story) == 1
    tell(job, preview(2))
    assert await step_of(story) == 2
    tell(job, ready())
    assert [type(event) async for event in story] == [ImageReady]


async def test_a_cancel_is_told_at_once_though_a_preview_was_held_back() -> None:
    job = job_with_interval(AGES_S)
    story = job.events()
    tell(job, preview(1))
    assert await step_of(story) == 1
    tell(job, preview(2))
    job.cancel()
    tell(job, JobCancelled(1))
    assert [type(event) async for event in story] == [JobCancelled]
