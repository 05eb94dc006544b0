"""The engine as the rest of the studio sees it: submit a request, listen to its job."""

from __future__ import annotations

from asyncio import Future
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from psygnal import SignalInstance

from studio.domain.events import Event
from studio.domain.request import Request
from studio.domain.stylize import LossWeights
from studio.engine.questions import Answer, Question


class EngineState(StrEnum):
    COLD = "cold"
    WARMING = "warming up"
    READY = "ready"
    BUSY = "working"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What the engine is doing. `device` is for people ("NVIDIA RTX 4090", "CPU, 2 threads").

    `card_free_bytes` of a graphics card's `card_total_bytes` are free, as far as models may take
    them; both are 0 where there is no card, or as long as nobody has asked it.
    `device_kind` is torch's word for the device ("cuda", "mps", "cpu"); empty until it is known.
    `placement` says in a sentence how the model in use lies there, and why; empty without one.
    """

    state: EngineState
    device: str = ""
    memory_bytes: int = 0
    detail: str = ""
    card_free_bytes: int = 0
    card_total_bytes: int = 0
    placement: str = ""
    device_kind: str = ""


class Job(Protocol):
    """One submitted request. Methods are called on the thread of the loop that submitted it."""

    @property
    def generation(self) -> int:
        """Unique and rising: what is older than another was submitted before it."""

    @property
    def request(self) -> Request: ...

    def cancel(self) -> None:
        """Stop between two steps, or leave the queue. Safe at any time, any number of times."""

    def stop_here(self) -> None:
        """End before the next step with the picture as it is by then, where the task can."""

    def go_further(self, steps: int) -> None:
        """From the next step on, take so many steps more than were left, where the task can."""

    def reweigh(self, weights: LossWeights) -> None:
        """Go on with other weights, where the task has some."""

    def events(self) -> AsyncIterator[Event]:
        """The job's events, in order, until the one that ends it. One listener for each job."""


class Engine(Protocol):
    """Runs jobs one after the other. Never waits for those who listen."""

    status: EngineStatus
    status_changed: SignalInstance
    """Emits EngineStatus on the loop's thread, only when something changed."""
    queue_changed: SignalInstance
    """Emits nothing on the loop's thread, when the waiting jobs or the running one changed."""

    @property
    def running(self) -> Job | None: ...

    @property
    def waiting(self) -> Sequence[Job]:
        """The jobs that wait, next one first."""

    def submit(self, request: Request) -> Job:
        """Put a request at the end of the queue. Needs a running asyncio loop."""

    def move(self, job: Job, position: int) -> None:
        """Move a waiting job to `position` (0 is next); one that no longer waits stays as it is."""

    def clear(self) -> None:
        """Cancel every waiting job; the running one goes on."""

    def ask(self, question: Question[Answer]) -> Future[Answer]:
        """Have a question answered on the inference thread: before the jobs that wait, after the
        one that runs, or between two of its steps. Needs a running asyncio loop.

        The future fails with a StudioError that says what a person can mend; it is cancelled when
        the engine closes, and a question whose future was cancelled isn't looked at.
        """

    def warm_up(self, model: str) -> None:
        """Import what is heavy and load a model in the background, before the first job asks."""

    def close(self) -> None:
        """Cancel everything and join the thread. The engine is of no use afterwards."""
