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
        self._holds_passing = False
        self._ended = False

    def put(self, event: Event) -> bool:
        """Take `event` in. Returns whether it is worth looking into the mailbox because of it.

        It isn't for what is passing while that is held back, and not after the job's end.
        """
        with self._lock:
            if self._ended:
                return False
            while self._events and _replaces(event, self._events[-1]):
                self._events.pop()
            self._events.append(event)
            self._ended = ends_job(event)
            return not self._is_held(event)

    def take(self) -> Event | None:
        """The oldest event that waits, or None; what is held back goes on waiting."""
        with self._lock:
            if not self._events or self._is_held(self._events[0]):
                return None
            return self._events.popleft()

    def hold_passing(self) -> None:
        """Hold back what is passing, the newest in place of those before it."""
        with self._lock:
            self._holds_passing = True

    def let_pass(self) -> bool:
        """Hold nothing back any more. Returns whether something waits."""
        with self._lock:
            self._holds_passing = False
            return bool(self._events)

    def _is_held(self, event: Event) -> bool:
        return self._holds_passing and is_passing(event)


def _replaces(event: Event, waiting: Event) -> bool:
    return is_passing(waiting) and (type(event) is type(waiting) or ends_job(event))
