"""How often previews are told: so that showing them takes little from the steps."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

# Ten frames a second are enough to watch a picture emerge, four still show it well.
SHORTEST_S: Final = 0.1
LONGEST_S: Final = 0.25
MOST_OF_A_CORE: Final = 0.005


class PreviewPace:
    """Measures what the listener's thread computes between two previews, and sets the next one off.

    On a CPU that time is taken from the steps, which use all cores and wait for the slowest.
    A large window, whose pixels cost more, is thus painted less often. Belongs to one thread.

    Args:
        cpu_time: seconds that the calling thread has computed so far.
    """

    def __init__(
        self,
        shortest_s: float = SHORTEST_S,
        longest_s: float = LONGEST_S,
        cpu_time: Callable[[], float] = time.thread_time,
    ) -> None:
        self.interval_s = shortest_s
        self._shortest_s = shortest_s
        self._longest_s = longest_s
        self._cpu_time = cpu_time
        self._told_at = 0.0

    def on_told(self) -> None:
        """A preview is told now; the next one is due in `interval_s`."""
        self._told_at = self._cpu_time()

    def on_due(self) -> None:
        """`interval_s` is over: what was computed meanwhile was computed for the preview."""
        spent_s = self._cpu_time() - self._told_at
        wanted_s = spent_s / MOST_OF_A_CORE
        self.interval_s = min(max(wanted_s, self._shortest_s), self._longest_s)
