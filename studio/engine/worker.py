"""The inference thread: one thread, one queue, and one place where it crosses to the loop."""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from psygnal import Signal

from studio.domain.errors import EngineError, StudioError
from studio.domain.events import Event, ImageReady, JobCancelled, JobFailed, JobStarted
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.job import LocalJob
from studio.engine.preview_pace import PreviewPace
from studio.engine.protocol import EngineState, EngineStatus, Job
from studio.engine.questions import Answer, Question
from studio.engine.running import Runner

logger = logging.getLogger(__name__)

JOIN_TIMEOUT_S = 10.0


@dataclass(slots=True, eq=False)
class _Asked:
    """A question, and where its answer goes."""

    question: Question[Any]
    future: asyncio.Future[Any]
    answer: Any = None
    error: StudioError | None = None

    def deliver(self) -> None:
        """On the loop's thread: to whoever still waits for it."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.answer)
        else:
            self.future.set_exception(self.error)


class LocalEngine:
    """An `Engine` on this machine: jobs run one after the other on one thread.

    The thread starts with the first job or `warm_up`, and makes its runner itself, so that torch
    is imported there and not before. It never waits for the loop: the queue is shared under a
    lock, and what happened is left in mailboxes for `_on_news`, which runs on the loop's thread.
    """

    status_changed = Signal(EngineStatus)
    queue_changed = Signal()

    def __init__(self, runner_factory: Callable[[], Runner]) -> None:
        self.status = EngineStatus(EngineState.COLD)
        self._runner_factory = runner_factory
        self._generations = itertools.count(1)
        self._pace = PreviewPace()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        # Below: shared with the thread, touched only with the lock held.
        self._work = threading.Condition()
        self._waiting: list[LocalJob] = []
        self._questions: list[_Asked] = []
        self._running: LocalJob | None = None
        self._model_to_warm: str | None = None
        self._closing = False
        self._news_scheduled = False
        self._new_status: EngineStatus | None = None
        self._queue_moved = False
        self._jobs_with_news: list[LocalJob] = []
        self._answered: list[_Asked] = []

    # What the loop's thread calls

    @property
    def running(self) -> LocalJob | None:
        with self._work:
            return self._running

    @property
    def waiting(self) -> Sequence[LocalJob]:
        with self._work:
            return tuple(self._waiting)

    def submit(self, request: Request) -> LocalJob:
        """Put a request at the end of the queue. Needs a running asyncio loop.

        Raises:
            EngineError: the engine is closed.
        """
        job = LocalJob(request, Control(next(self._generations)), self._cancel, self._pace)
        with self._work:
            self._start()
            self._waiting.append(job)
            self._work.notify()
        self.queue_changed.emit()
        return job

    def move(self, job: Job, position: int) -> None:
        """Move a waiting job to `position` (0 is next); one that no longer waits stays as it is."""
        with self._work:
            before = list(self._waiting)
            for waiting in before:
                if waiting is job:
                    self._waiting.remove(waiting)
                    self._waiting.insert(max(0, position), waiting)
            moved = before != self._waiting
        if moved:
            self.queue_changed.emit()

    def clear(self) -> None:
        """Cancel every waiting job; the running one goes on."""
        with self._work:
            jobs, self._waiting = self._waiting, []
        for job in jobs:
            self._end_cancelled(job)
        if jobs:
            self.queue_changed.emit()

    def ask(self, question: Question[Answer]) -> asyncio.Future[Answer]:
        """Have a question answered on the inference thread: before the jobs that wait, after the
        one that runs, or between two of its steps. Needs a running asyncio loop.

        Raises:
            EngineError: the engine is closed.
        """
        with self._work:
            self._start()
            asked = _Asked(question, asyncio.get_running_loop().create_future())
            self._questions.append(asked)
            self._work.notify()
        return asked.future

    def warm_up(self, model: str) -> None:
        """Import what is heavy and load a model in the background, before the first job asks.

        Needs a running asyncio loop. A closed engine stays cold.
        """
        with self._work:
            if self._closing:
                return
            self._start()
            self._model_to_warm = model
            self._work.notify()

    def close(self) -> None:
        """Cancel everything and join the thread. The engine is of no use afterwards.

        Listeners of unfinished jobs get their JobCancelled; no signal is emitted any more.
        """
        with self._work:
            self._closing = True
            jobs, self._waiting = self._waiting, []
            questions, self._questions = self._questions, []
            if self._running is not None:
                self._running.control.cancel()
                jobs.append(self._running)
            self._work.notify()
        for job in jobs:
            self._end_cancelled(job)
        for asked in questions:
            if not asked.future.get_loop().is_closed():
                asked.future.cancel()
        if self._thread is not None:
            self._thread.join(JOIN_TIMEOUT_S)
            if self._thread.is_alive():
                logger.warning("the inference thread is still busy after %g s", JOIN_TIMEOUT_S)

    def _cancel(self, job: LocalJob) -> None:
        job.control.cancel()
        with self._work:
            waited = job in self._waiting
            if waited:
                self._waiting.remove(job)
        if waited:
            self._end_cancelled(job)
            self.queue_changed.emit()

    def _end_cancelled(self, job: LocalJob) -> None:
        job.mailbox.put(JobCancelled(job.generation))
        if self._loop is not None and not self._loop.is_closed():
            job.wake()

    def _start(self) -> None:
        if self._closing:
            raise EngineError("The engine is closed.", "Restart the studio.")
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop = loop
            self._news_scheduled = False
        if self._thread is None:
            # A daemon, so that a step that takes minutes can't keep a closed program alive.
            self._thread = threading.Thread(target=self._work_off, name="inference", daemon=True)
            self._thread.start()

    def _on_news(self) -> None:
        with self._work:
            self._news_scheduled = False
            jobs, self._jobs_with_news = self._jobs_with_news, []
            answered, self._answered = self._answered, []
            status, self._new_status = self._new_status, None
            queue_moved, self._queue_moved = self._queue_moved, False
            closing = self._closing
        for job in jobs:
            job.wake()
        for asked in answered:
            asked.deliver()
        if closing:
            return
        if queue_moved:
            self.queue_changed.emit()
        if status is not None and status != self.status:
            self.status = status
            self.status_changed.emit(status)

    # What the inference thread calls

    def _work_off(self) -> None:
        runner: Runner | None = None
        while True:
            with self._work:
                self._work.wait_for(
                    lambda: (
                        self._closing
                        or self._questions
                        or self._waiting
                        or self._model_to_warm is not None
                    )
                )
                if self._closing:
                    return
                asked = self._questions.pop(0) if self._questions else None
                job = model = None
                if asked is None:
                    job = self._waiting.pop(0) if self._waiting else None
                    model, self._model_to_warm = self._model_to_warm, None
                self._running = job
            if asked is not None:
                runner = self._answer(runner, asked)
            elif job is not None:
                self._tell(queue_moved=True)
                runner = self._run(runner, job)
            elif model is not None:
                runner = self._warm(runner, model)

    def _warm(self, runner: Runner | None, model: str) -> Runner | None:
        try:
            runner = runner or self._make_runner()
            self._load(runner, model)
        except Exception as error:  # noqa: BLE001 (the thread outlives every job)
            self._tell(status=EngineStatus(EngineState.FAILED, detail=str(_for_people(error))))
        else:
            self._tell(status=_status(EngineState.READY, runner))
        return runner

    def _answer(self, runner: Runner | None, asked: _Asked) -> Runner | None:
        if asked.future.cancelled():
            return runner
        is_new = runner is None
        try:
            runner = runner or self._make_runner()
            asked.answer = runner.answer(asked.question)
        except Exception as error:  # noqa: BLE001 (the thread outlives every question)
            asked.error = _for_people(error)
        status = None
        if runner is None:
            status = EngineStatus(EngineState.FAILED, detail=str(asked.error))
        elif is_new:
            status = _status(EngineState.READY, runner)
        self._tell(asked=asked, status=status)
        return runner

    def _answer_meanwhile(self, runner: Runner) -> None:
        """What may be asked between two steps of the running job."""
        while True:
            with self._work:
                between = [one for one in self._questions if one.question.between_steps]
                if not between or self._closing:
                    return
                self._questions.remove(between[0])
            self._answer(runner, between[0])

    def _run(self, runner: Runner | None, job: LocalJob) -> Runner | None:
        control = job.control
        ending: Event = JobCancelled(control.generation)
        self._tell(job, JobStarted(control.generation))
        try:
            runner = runner or self._make_runner()
            if job.request.task.needs_model:
                self._load(runner, job.request.model)
            self._tell(status=_status(EngineState.BUSY, runner))
            for event in runner.run(job.request, control):
                if control.cancelled:
                    break
                if isinstance(event, ImageReady):
                    ending = event
                else:
                    self._tell(job, event)
                self._answer_meanwhile(runner)
        except Exception as error:  # noqa: BLE001 (the thread outlives every job)
            ending = JobFailed(control.generation, _for_people(error))
        with self._work:
            self._running = None
            idle = not self._waiting
        if runner is None:
            status = EngineStatus(EngineState.FAILED, detail=_sentence(ending))
        else:
            status = _status(EngineState.READY if idle else EngineState.BUSY, runner)
        self._tell(job, ending, status=status, queue_moved=True)
        return runner

    def _make_runner(self) -> Runner:
        self._tell(status=EngineStatus(EngineState.WARMING))
        return self._runner_factory()

    def _load(self, runner: Runner, model: str) -> None:
        if not runner.is_loaded(model):
            self._tell(status=_status(EngineState.WARMING, runner, detail=model))
            runner.load(model)

    def _tell(
        self,
        job: LocalJob | None = None,
        event: Event | None = None,
        *,
        asked: _Asked | None = None,
        status: EngineStatus | None = None,
        queue_moved: bool = False,
    ) -> None:
        """The one place where the thread crosses to the loop."""
        if job is not None and event is not None and not job.mailbox.put(event):
            job = None
        if job is None and asked is None and status is None and not queue_moved:
            return
        with self._work:
            if job is not None and job not in self._jobs_with_news:
                self._jobs_with_news.append(job)
            if asked is not None:
                self._answered.append(asked)
            self._new_status = status or self._new_status
            self._queue_moved = self._queue_moved or queue_moved
            if self._news_scheduled or self._loop is None:
                return
            try:
                self._loop.call_soon_threadsafe(self._on_news)
                self._news_scheduled = True
            except RuntimeError:
                logger.debug("the loop is closed: nobody listens any more")


def _status(state: EngineState, runner: Runner, detail: str = "") -> EngineStatus:
    return EngineStatus(
        state,
        runner.device,
        runner.memory_bytes(),
        detail,
        *runner.card_bytes(),
        runner.placement,
        runner.device_kind,
    )


def _for_people(error: Exception) -> StudioError:
    """The error itself when a person can mend it; a bug is logged and named as one."""
    if isinstance(error, StudioError):
        # Its frames would keep the job's tensors alive for as long as somebody shows the sentence.
        error.__traceback__ = error.__context__ = error.__cause__ = None
        return error
    logger.error("a job failed because of a bug", exc_info=error)
    return EngineError(
        f"The picture could not be made because of a bug ({type(error).__name__}).",
        "The log has the details; the studio goes on.",
    )


def _sentence(event: Event) -> str:
    return str(event.error) if isinstance(event, JobFailed) else ""
