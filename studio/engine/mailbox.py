"""A job's events on their way from the inference thread to the one who listens."""

from __future__ import annotations

import threading
from collections import deque

from studio.domain.events import (
    Event,
    FinishProgress,
    ImageReady,
    JobCancelled,
    JobFailed,
    StepPreview,
)


def ends_job(event: Event) -> bool:
    """Whether a job has nothing more to say after `event`."""
    return isinstance(event, ImageReady | JobCancelled | JobFailed)


def is_passing(event: Event) -> bool:
    """Whether `event` only says how far the job is, and a newer one says it better."""
    return isinstance(event, StepPreview | FinishProgress)


class Mailbox:
    """Keeps order, and of what is passing only the newest. Safe from any thread, never waits.

    A preview or progress that nobody took is replaced by the next of its kind or by the end; the
    last step's preview stays for whoever looks while the picture is finished. Nothing is taken in
    after the event that ends the job, so a late answer of a cancelled job is dropped on arrival.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: deque[Event] = deque()
        self._ended = False

    def put(self, event: Event) -> bool:
        """Take `event` in; False when the job has ended and the event was dropped."""
        with self._lock:
            if self._ended:
                return False
            while self._events and _replaces(event, self._events[-1]):
                self._events.pop()
            self._events.append(event)
            self._ended = ends_job(event)
            return True

    def take(self, *, passing: bool = True) -> Event | None:
        """The oldest event that waits, or None. Without `passing`, what is passing waits on."""
        with self._lock:
            if not self._events or (is_passing(self._events[0]) and not passing):
                return None
            return self._events.popleft()


def _replaces(event: Event, waiting: Event) -> bool:
    return is_passing(waiting) and (type(event) is type(waiting) or ends_job(event))
