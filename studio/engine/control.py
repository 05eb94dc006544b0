"""What the loop's side and the inference thread share about one job: its number and its wishes."""

from __future__ import annotations

import threading

from studio.domain.checks import check_whole
from studio.domain.limits import MAX_STEPS
from studio.domain.stylize import LossWeights


class Control:
    """A job's generation number, and what the artist wants of it meanwhile. Safe from any thread.

    `weights` are the newest that were wished for, None before; who reads them reads them once for
    each step. `further_steps` is how many more steps were wished for so far.
    """

    def __init__(self, generation: int = 0) -> None:
        self.generation = generation
        self.weights: LossWeights | None = None
        self.further_steps = 0
        self._cancelled = threading.Event()
        self._stops_here = threading.Event()
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """Ask the job to stop before its next step."""
        self._cancelled.set()

    def stop_here(self) -> None:
        """Ask the job to end before its next step with the picture as it is by then."""
        self._stops_here.set()

    def go_further(self, steps: int) -> None:
        """Ask the job to take so many steps more than are left; wishes add up.

        Raises:
            RequestError: fewer than one, or more than any job takes.
        """
        check_whole("further steps", steps, 1, MAX_STEPS)
        with self._lock:
            self.further_steps += steps

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def stops_here(self) -> bool:
        return self._stops_here.is_set()
