"""A picture of the history, and the record that its file carries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from studio.domain.request import Request


@dataclass(frozen=True, slots=True)
class PictureRecord:
    """What a picture's file says about itself, enough to make it again.

    `index` is its place in its batch: its noise came from `request.seed + index`. `created` is
    aware, in UTC. `pixel_digest` is the sha256 (hex) of the raw bytes, row by row: RGB, or RGBA
    where it is transparent in places.
    `elapsed_s` is how long its job took.
    """

    request: Request
    index: int
    created: datetime
    elapsed_s: float
    pixel_digest: str

    @property
    def seed(self) -> int:
        """The seed that made this very picture."""
        return self.request.seed + self.index


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished picture on the disk. `path` is absolute; the rest is as in PictureRecord.

    `has_steps` says whether previews or snapshots of its steps were kept.
    """

    id: int
    path: Path
    request: Request
    index: int
    width: int
    height: int
    created: datetime
    pixel_digest: str
    elapsed_s: float
    has_steps: bool

    @property
    def record(self) -> PictureRecord:
        return PictureRecord(
            self.request, self.index, self.created, self.elapsed_s, self.pixel_digest
        )
