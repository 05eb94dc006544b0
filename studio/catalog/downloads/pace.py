"""How fast a download is now, and how long it still takes."""

from __future__ import annotations

from collections import deque
from typing import Final

_WINDOW_S: Final = 10.0
_SPARSE_S: Final = 0.25
_ENOUGH_S: Final = 2.0


class Pace:
    """The rate over the last ten seconds. Times are those of any clock that only goes forward."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def add(self, now_s: float, done_bytes: int) -> None:
        """Note how much is there now. Less than before means that it began anew."""
        if self._samples and done_bytes < self._samples[-1][1]:
            self._samples.clear()
        if len(self._samples) > 1 and now_s - self._samples[-2][0] < _SPARSE_S:
            self._samples.pop()  # a few samples a second are enough
        self._samples.append((now_s, done_bytes))
        while now_s - self._samples[0][0] > _WINDOW_S and len(self._samples) > 2:
            self._samples.popleft()

    def restart(self) -> None:
        """Forget the past: what was there already came at no rate of ours."""
        self._samples.clear()

    @property
    def bytes_s(self) -> float:
        """0 while it isn't known."""
        if len(self._samples) < 2:
            return 0.0
        (first_s, first_bytes), (last_s, last_bytes) = self._samples[0], self._samples[-1]
        return (last_bytes - first_bytes) / (last_s - first_s) if last_s > first_s else 0.0

    def seconds_left(self, remaining_bytes: int) -> float | None:
        """None while it isn't known: the first moments, with their small files, say nothing."""
        if not self.bytes_s or self._samples[-1][0] - self._samples[0][0] < _ENOUGH_S:
            return None
        return remaining_bytes / self.bytes_s
