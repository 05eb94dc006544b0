"""Trying again: how often, and how long to wait in between."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from studio.catalog.downloads.stopping import Stop
from studio.domain.errors import DownloadError

_Result = TypeVar("_Result")


class Interruption(Exception):
    """Something that may be over soon: a cut, a stall, a busy server.

    `sentence` says what happened; `retry_after_s` is how long the server asked us to wait.
    """

    def __init__(self, sentence: str, retry_after_s: float | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Patience:
    """`timeout_s` is how long a silent server is waited for; `attempts` how many times in a row
    are tried without a single new byte. Between them it waits `first_wait_s`, then twice as long
    each time up to `longest_wait_s`; a server's own wish counts up to `longest_wish_s`."""

    timeout_s: float = 30.0
    attempts: int = 8
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    longest_wish_s: float = 900.0

    def wait_s(self, failures: int, wish_s: float | None) -> float:
        """How long to wait after the n-th failure in a row, counted from 1."""
        if wish_s is not None:
            return max(0.0, wish_s)
        # Not all who were cut off at the same moment come back at the same moment.
        spread = random.uniform(0.75, 1.25)  # noqa: S311
        return min(self.longest_wait_s, self.first_wait_s * 2.0 ** (failures - 1)) * spread

    def persist(
        self,
        attempt: Callable[[], _Result],
        stop: Stop,
        *,
        reached: Callable[[], int] = lambda: 0,
        tell: Callable[[str], None] = lambda sentence: None,
    ) -> _Result:
        """Call `attempt` until it doesn't raise Interruption.

        Args:
            reached: how many bytes are there; a try that got further than all before
                doesn't count.
            tell: hears why it waits, in one sentence.

        Raises:
            DownloadError: too many times in a row, or the server wants to be left alone longer.
            Stopped: `stop` was pulled.
        """
        failures, furthest = 0, reached()
        while True:
            try:
                return attempt()
            except Interruption as interruption:
                failures = 1 if reached() > furthest else failures + 1
                furthest = max(furthest, reached())
                wish_s = interruption.retry_after_s
                if failures >= self.attempts or (wish_s or 0.0) > self.longest_wish_s:
                    raise DownloadError(
                        interruption.sentence, "Resume later: what is there stays."
                    ) from interruption
                tell(f"{interruption.sentence} Trying again…")
                stop.wait(self.wait_s(failures, wish_s))
