"""What takes its time besides the engine's jobs, such as saving: how far it is, and its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar, Final

from psygnal import Signal

# Before this much is done, the time it took says little about the rest.
_TELLING_SHARE: Final = 0.04


class Cancelled(Exception):
    """The artist no longer wants what was under way."""


class LongTask:
    """One thing under way. The thread that does it calls `advance`; all else is the loop's.

    Args:
        title: what is done, as the artist reads it: “Saving “moon.ora””.
        is_saving: whether the window stays until it is done.

    `is_done` says that it came to its end; False while it runs, and if it failed or was cancelled.
    """

    def __init__(
        self, title: str, *, is_saving: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.title = title
        self.is_saving = is_saving
        self._clock = clock
        self._began_s = 0.0
        self.is_done = False
        self._share = 0.0
        self._cancelled = threading.Event()

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1; 0 while nothing is known."""
        return self._share

    @property
    def remaining_s(self) -> float | None:
        """An estimate of what it still takes; None before there is any."""
        if self._share < _TELLING_SHARE:
            return None
        elapsed_s = self._clock() - self._began_s
        return elapsed_s * (1 - self._share) / self._share

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Have it end as soon as it can, leaving everything as it was."""
        self._cancelled.set()

    def advance(self, done: int, total: int) -> None:
        """Note that `done` of `total` parts are done, from 0 on.

        Raises:
            Cancelled: it was.
        """
        self.check()
        if not done:  # what came before, such as measuring, says nothing about the pace
            self._began_s = self._clock()
        self._share = done / max(total, 1)

    def check(self) -> None:
        """Go on only if that is still wanted.

        Raises:
            Cancelled: it isn't.
        """
        if self.is_cancelled:
            raise Cancelled


class LongTasks:
    """All that is under way.

    Signals:
        changed(): something began or ended.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(self) -> None:
        self.running: tuple[LongTask, ...] = ()

    @property
    def saving(self) -> LongTask | None:
        """What the window has to stay for, if anything."""
        return next((task for task in self.running if task.is_saving), None)

    @contextmanager
    def begun(self, title: str, *, is_saving: bool = False) -> Iterator[LongTask]:
        """A task that is under way until the block ends."""
        task = LongTask(title, is_saving=is_saving)
        self.running = (*self.running, task)
        self.changed.emit()
        try:
            yield task
            task.is_done = True
        except BaseException:
            task.cancel()  # its thread may still be at work, for nobody
            raise
        finally:
            self.running = tuple(other for other in self.running if other is not task)
            self.changed.emit()
