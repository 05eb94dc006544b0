"""The inference thread: order, cancelling, errors, closing, and where signals are emitted."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from itertools import pairwise

import pytest

from studio.domain.errors import EngineError, ModelNotFound, StudioError
from studio.domain.events import (
    Event,
    ImageReady,
    JobCancelled,
    JobFailed,
    JobStarted,
    StepPreview,
)
from studio.domain.request import Request
from studio.engine.job import LocalJob
from studio.engine.protocol import Engine, EngineState, EngineStatus
from studio.engine.questions import Question
from studio.engine.worker import LocalEngine
from tests.support.fake_runner import FakeRunner


def request(prompt: str = "a cat", steps: int = 3) -> Request:
    return Request(prompt, 1, "tiny", 32, 32, num_inference_steps=steps)


async def all_events(job: LocalJob) -> list[Event]:
    return [event async for event in job.events()]


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


async def test_a_job_tells_its_story_in_order() -> None:
    engine = LocalEngine(FakeRunner)
    job = engine.submit(request())
    events = await all_events(job)
    engine.close()

    assert isinstance(events[0], JobStarted)
    assert isinstance(events[-1], ImageReady)
    previews = events[1:-1]
    assert all(isinstance(event, StepPreview) for event in previews)
    assert {event.generation for event in events} == {job.generation}


async def test_jobs_run_one_after_the_other_on_one_thread() -> None:
    runner = FakeRunner()
    engine = LocalEngine(lambda: runner)
    jobs = [engine.submit(request(str(i))) for i in range(5)]
    endings = [(await all_events(job))[-1] for job in jobs]
    engine.close()

    assert runner.ran == ["0", "1", "2", "3", "4"]
    assert runner.threads == {"inference"}
    generations = [ending.generation for ending in endings]
    assert generations == sorted(set(generations))


async def test_only_the_newest_preview_waits_for_a_slow_listener() -> None:
    engine = LocalEngine(FakeRunner)
    job = engine.submit(request(steps=50))
    await until(lambda: engine.running is None and not engine.waiting)
    events = await all_events(job)
    engine.close()

    assert [type(event) for event in events] == [JobStarted, ImageReady]


async def test_a_cancelled_job_stops_between_two_steps_and_says_nothing_more() -> None:
    runner = FakeRunner(paced=True)
    engine = LocalEngine(lambda: runner)
    assert runner.step_allowed is not None
    job = engine.submit(request(steps=10))
    story = job.events()
    runner.step_allowed.release()
    while not isinstance(await anext(story), StepPreview):
        pass
    job.cancel()
    job.cancel()
    runner.step_allowed.release()
    rest = [event async for event in story]
    engine.close()

    assert [type(event) for event in rest] == [JobCancelled]
    assert runner.stopped_at == {"a cat": 2}


async def test_what_came_before_a_cancel_but_was_not_heard_is_dropped() -> None:
    engine = LocalEngine(FakeRunner)
    job = engine.submit(request())
    await until(lambda: engine.running is None and not engine.waiting)
    job.cancel()
    events = await all_events(job)
    engine.close()

    assert [type(event) for event in events] == [JobCancelled]


async def test_waiting_jobs_can_be_moved_cancelled_and_cleared() -> None:
    runner = FakeRunner(paced=True)
    assert runner.step_allowed is not None
    engine = LocalEngine(lambda: runner)
    changes: list[int] = []
    first = engine.submit(request("first", steps=1))
    await until(lambda: engine.running is first)
    b, c, d, e = (engine.submit(request(name, steps=1)) for name in "bcde")
    await asyncio.sleep(0)
    engine.queue_changed.connect(lambda: changes.append(len(engine.waiting)))

    engine.move(e, 0)
    assert engine.waiting == (e, b, c, d)
    engine.move(e, 0)
    engine.move(first, 0)
    engine.move(b, 99)
    assert engine.waiting == (e, c, d, b)
    c.cancel()
    assert engine.waiting == (e, d, b)
    assert changes == [4, 4, 3]
    assert [type(event) for event in await all_events(c)] == [JobCancelled]

    engine.move(b, 0)
    engine.move(d, 99)
    b_and_e = engine.waiting[:2]
    d.cancel()
    assert b_and_e == (b, e)
    engine.clear()
    assert engine.waiting == ()
    assert engine.running is first
    runner.step_allowed.release()
    assert isinstance((await all_events(first))[-1], ImageReady)
    assert [type(event) for event in await all_events(b)] == [JobCancelled]
    engine.close()
    assert runner.ran == ["first"]


async def test_an_error_of_the_person_reaches_the_person_and_the_next_job_runs() -> None:
    error = ModelNotFound("No such model.", "Choose another.")
    engine = LocalEngine(lambda: FakeRunner(error_prompts={"bad": error}))
    bad, good = engine.submit(request("bad")), engine.submit(request("good"))
    ending = (await all_events(bad))[-1]
    assert isinstance((await all_events(good))[-1], ImageReady)
    await until(lambda: engine.status.state is EngineState.READY)
    engine.close()

    assert isinstance(ending, JobFailed)
    assert ending.error is error
    assert error.__traceback__ is None


async def test_a_bug_is_logged_with_its_traceback_and_the_thread_lives_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = LocalEngine(lambda: FakeRunner(error_prompts={"bad": ZeroDivisionError("oops")}))
    bad, good = engine.submit(request("bad")), engine.submit(request("good"))
    with caplog.at_level(logging.ERROR):
        ending = (await all_events(bad))[-1]
    assert isinstance((await all_events(good))[-1], ImageReady)
    engine.close()

    assert isinstance(ending, JobFailed)
    assert isinstance(ending.error, EngineError)
    assert "ZeroDivisionError" in ending.error.sentence
    assert caplog.records[0].exc_info is not None


async def test_an_engine_that_cannot_start_says_so_and_tries_again_with_the_next_job() -> None:
    attempts: list[FakeRunner | StudioError] = [EngineError("torch is missing."), FakeRunner()]

    def factory() -> FakeRunner:
        outcome = attempts.pop(0)
        if isinstance(outcome, StudioError):
            raise outcome
        return outcome

    engine = LocalEngine(factory)
    failed = (await all_events(engine.submit(request())))[-1]
    await until(lambda: engine.status.state is EngineState.FAILED)
    assert engine.status.detail == "torch is missing."
    assert isinstance((await all_events(engine.submit(request())))[-1], ImageReady)
    engine.close()
    assert isinstance(failed, JobFailed)


async def test_status_goes_from_cold_to_ready_on_the_loops_thread() -> None:
    engine = LocalEngine(FakeRunner)
    told: list[tuple[EngineStatus, int]] = []
    engine.status_changed.connect(lambda status: told.append((status, threading.get_ident())))
    queue_threads: set[int] = set()
    engine.queue_changed.connect(lambda: queue_threads.add(threading.get_ident()))

    assert engine.status.state is EngineState.COLD
    engine.warm_up("tiny")
    await until(lambda: engine.status.state is EngineState.READY)
    assert engine.status.device == "fake device"
    await all_events(engine.submit(request()))
    await until(lambda: engine.running is None and engine.status.state is EngineState.READY)
    engine.close()

    assert {thread for _, thread in told} == {threading.get_ident()} == queue_threads
    states = [status for status, _ in told]
    assert all(a != b for a, b in pairwise(states))


async def test_a_model_that_fails_to_warm_up_is_a_status_with_a_sentence() -> None:
    engine = LocalEngine(lambda: FakeRunner(load_error=ModelNotFound("No such model.")))
    engine.warm_up("tiny")
    await until(lambda: engine.status.state is EngineState.FAILED)
    engine.close()
    assert engine.status.detail == "No such model."


async def test_a_job_whose_model_is_missing_fails_and_leaves_the_engine_ready() -> None:
    engine = LocalEngine(lambda: FakeRunner(load_error=ModelNotFound("No such model.")))
    ending = (await all_events(engine.submit(request())))[-1]
    await until(lambda: engine.status.state is EngineState.READY)
    engine.close()
    assert isinstance(ending, JobFailed)
    assert isinstance(ending.error, ModelNotFound)


async def test_closing_ends_every_story_and_emits_nothing_more() -> None:
    runner = FakeRunner(paced=True)
    assert runner.step_allowed is not None
    engine = LocalEngine(lambda: runner)
    running, waiting = engine.submit(request("a")), engine.submit(request("b"))
    await until(lambda: runner.ran == ["a"])
    await until(lambda: engine.status.state is EngineState.BUSY)
    told: list[object] = []
    engine.status_changed.connect(told.append)
    engine.queue_changed.connect(lambda: told.append("queue"))
    runner.step_allowed.release(5)
    engine.close()
    engine.close()

    for job in (running, waiting):
        assert isinstance((await all_events(job))[-1], JobCancelled)
    await asyncio.sleep(0.02)
    assert told == []
    assert "inference" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(EngineError, match="closed"):
        engine.submit(request())


async def test_a_closed_engine_stays_cold() -> None:
    engine = LocalEngine(FakeRunner)
    engine.close()
    engine.warm_up("tiny")
    assert engine.status.state is EngineState.COLD


def test_a_closed_loop_harms_nobody_and_the_next_loop_is_served() -> None:
    runner = FakeRunner(paced=True)
    assert runner.step_allowed is not None
    engine = LocalEngine(lambda: runner)

    async def submit_and_leave() -> None:
        engine.submit(request("left behind", steps=2))
        await until(lambda: runner.ran)

    asyncio.run(submit_and_leave())
    runner.step_allowed.release(4)

    async def submit_and_listen() -> Event:
        return (await all_events(engine.submit(request("heard", steps=2))))[-1]

    assert isinstance(asyncio.run(submit_and_listen()), ImageReady)
    assert runner.ran == ["left behind", "heard"]
    engine.close()


def test_the_local_engine_is_an_engine() -> None:
    engine: Engine = LocalEngine(FakeRunner)
    assert engine.waiting == ()
    engine.close()


class Sum(Question[int]):
    """Something that the fake runner can tell."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = numbers


def _added(question: Sum) -> int:
    if not question.numbers:
        raise ModelNotFound("There is nothing to add.")
    return sum(question.numbers)


async def test_a_question_is_answered_on_the_inference_thread() -> None:
    runner = FakeRunner(answers={Sum: _added})
    engine = LocalEngine(lambda: runner)
    assert await engine.ask(Sum(1, 2, 3)) == 6
    with pytest.raises(ModelNotFound, match="nothing to add"):
        await engine.ask(Sum())
    assert await engine.ask(Sum(4)) == 4
    await until(lambda: engine.status.state is EngineState.READY)
    engine.close()
    assert runner.threads == {"inference"}


async def test_questions_come_before_the_jobs_that_wait_and_after_the_one_that_runs() -> None:
    told: list[str] = []
    runner = FakeRunner(paced=True, answers={Sum: lambda question: told.append("answer")})
    assert runner.step_allowed is not None
    engine = LocalEngine(lambda: runner)
    first, second = engine.submit(request("1", steps=1)), engine.submit(request("2", steps=1))
    await until(lambda: engine.running is first)
    answer = engine.ask(Sum(1))
    runner.step_allowed.release()
    await answer
    assert runner.ran[0] == "1"
    assert isinstance((await all_events(first))[-1], ImageReady)
    assert "2" not in runner.stopped_at
    runner.step_allowed.release()
    await all_events(second)
    engine.close()
    assert told == ["answer"]


class Glance(Sum):
    """One that doesn't wait for the end of the running job."""

    between_steps = True


async def test_who_only_wants_a_glance_waits_for_a_step_at_most() -> None:
    runner = FakeRunner(paced=True, answers={Sum: _added, Glance: _added})
    assert runner.step_allowed is not None
    engine = LocalEngine(lambda: runner)
    job = engine.submit(request(steps=3))
    await until(lambda: engine.running is job)
    later, glances = engine.ask(Sum(1)), [engine.ask(Glance(number)) for number in (2, 3)]
    runner.step_allowed.release()
    assert [await glance for glance in glances] == [2, 3]
    assert engine.running is job
    assert not later.done()
    runner.step_allowed.release(2)
    assert await later == 1
    assert isinstance((await all_events(job))[-1], ImageReady)
    engine.close()


async def test_who_no_longer_wants_an_answer_costs_nothing() -> None:
    asked: list[Sum] = []
    runner = FakeRunner(paced=True, answers={Sum: asked.append})
    assert runner.step_allowed is not None
    engine = LocalEngine(lambda: runner)
    job = engine.submit(request(steps=1))
    await until(lambda: engine.running is job)
    unwanted, wanted = engine.ask(Sum(1)), engine.ask(Sum(2))
    unwanted.cancel()
    runner.step_allowed.release()
    await wanted
    engine.close()
    assert [question.numbers for question in asked] == [(2,)]


async def test_a_bug_in_an_answer_is_named_as_one(caplog: pytest.LogCaptureFixture) -> None:
    engine = LocalEngine(FakeRunner)
    with caplog.at_level(logging.CRITICAL), pytest.raises(EngineError, match="KeyError"):
        await engine.ask(Sum(1))
    assert isinstance((await all_events(engine.submit(request())))[-1], ImageReady)
    engine.close()


async def test_without_a_device_a_question_fails_like_a_job() -> None:
    def broken() -> FakeRunner:
        raise ModelNotFound("No device.")

    engine = LocalEngine(broken)
    with pytest.raises(ModelNotFound, match="No device"):
        await engine.ask(Sum(1))
    await until(lambda: engine.status.state is EngineState.FAILED)
    engine.close()


async def test_closing_cancels_the_questions_that_wait() -> None:
    runner = FakeRunner(paced=True)
    assert runner.step_allowed is not None
    engine = LocalEngine(lambda: runner)
    job = engine.submit(request(steps=1))
    await until(lambda: engine.running is job)
    answer = engine.ask(Sum(1))
    runner.step_allowed.release()
    engine.close()
    assert answer.cancelled()
    with pytest.raises(EngineError, match="closed"):
        engine.ask(Sum(1))
