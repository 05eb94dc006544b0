"""A job's events on their way from the inference thread to the one who listens."""

from __future__ import annotations

import threading
from collections import deque

from studio.domain.events import Event, ImageReady, JobCancelled, JobFailed, StepPreview


def ends_job(event: Event) -> bool:
    """Whether a job has nothing more to say after `event`."""
    return isinstance(event, ImageReady | JobCancelled | JobFailed)


class Mailbox:
    """Keeps order, and of previews only the newest. Safe from any thread, never waits.

    A preview that nobody took is replaced by whatever comes next. Nothing is taken in after the
    event that ends the job, so a late answer of a cancelled job is dropped on arrival.
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
            if self._events and isinstance(self._events[-1], StepPreview):
                self._events.pop()
            self._events.append(event)
            self._ended = ends_job(event)
            return True

    def take(self, *, previews: bool = True) -> Event | None:
        """The oldest event that waits, or None. Without `previews`, a preview goes on waiting."""
        with self._lock:
            if not self._events or (isinstance(self._events[0], StepPreview) and not previews):
                return None
            return self._events.popleft()
