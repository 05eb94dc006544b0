"""What the loop's side and the inference thread share about one job: its number and its flag."""

from __future__ import annotations

import threading


class Control:
    """A job's generation number and the flag that stops it. Safe from any thread."""

    def __init__(self, generation: int = 0) -> None:
        self.generation = generation
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ask the job to stop before its next step."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()
