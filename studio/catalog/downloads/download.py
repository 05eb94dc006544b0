"""A download as it is at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final


class State(StrEnum):
    """What becomes of a download.

    WAITING for others to end, LISTING (asking the server what there is), DOWNLOADING (which
    includes waiting for a server that is busy), CHECKING; PAUSED and FAILED can be resumed;
    REFUSED came whole but is nothing that the studio opens, and is kept aside; FINISHED;
    CANCELLED: nothing of it is left.
    """

    WAITING = "waiting"
    LISTING = "listing"
    DOWNLOADING = "downloading"
    CHECKING = "checking"
    PAUSED = "paused"
    FAILED = "failed"
    REFUSED = "refused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


_UNDER_WAY: Final = frozenset({State.WAITING, State.LISTING, State.DOWNLOADING, State.CHECKING})
_RESUMABLE: Final = frozenset({State.PAUSED, State.FAILED})


@dataclass(frozen=True, slots=True)
class Download:
    """A snapshot: it never changes; `Downloads.changed` brings the next one with the same `id`.

    `title` and `sentence` (what goes on now) are plain text for people. `error` is one sentence
    with what to do next, empty while nothing is wrong. `total_bytes` is 0 and `seconds_left` None
    while unknown. `rate_bytes_s` is that of the last seconds. `path` is where it lies once it is
    finished, or where it is kept aside when it was refused.
    """

    id: str
    title: str
    source: str
    state: State
    sentence: str = ""
    done_bytes: int = 0
    total_bytes: int = 0
    rate_bytes_s: float = 0.0
    seconds_left: float | None = None
    error: str = ""
    path: Path | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether something still happens without anybody doing anything."""
        return self.state in _UNDER_WAY

    @property
    def can_resume(self) -> bool:
        return self.state in _RESUMABLE

    @property
    def fraction(self) -> float:
        """How much is there, 0 to 1; 0 while the size is unknown."""
        return min(1.0, self.done_bytes / self.total_bytes) if self.total_bytes else 0.0
