"""Numbers that change with each preview, shown no faster than anybody can read."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from studio.ui.session import JobStage, Progress

INTERVAL_S: Final = 0.25


class Calm:
    """Says which of a job's many reports of progress are worth a repaint: four in a second.

    The first and the last of a stage and the end are always shown, so that nothing stale stays.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due = 0.0
        self._stage: JobStage | None = None

    def lets_through(self, progress: Progress | None) -> bool:
        """Whether to show this report; None is a job's end."""
        if progress is None or progress.step in (0, progress.total_steps):
            self._stage = None
            return True
        now = self._clock()
        if progress.stage is self._stage and now < self._due:
            return False
        self._stage = progress.stage
        self._due = now + INTERVAL_S
        return True
