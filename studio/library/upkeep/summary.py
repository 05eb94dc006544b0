"""How large a history is, without opening it for work."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HistorySummary:
    """`with_steps` pictures have steps, which take `steps_bytes` on the disk."""

    pictures: int
    with_steps: int
    steps_bytes: int


def summarise(data: Path) -> HistorySummary | None:
    """The history whose index lies in this folder; None if there is none that can be read.

    Changes nothing, and minds nobody who has it open.
    """
    database = (data / "history.sqlite3").absolute()
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
            (pictures,) = connection.execute(
                "SELECT count(*) FROM pictures WHERE present"
            ).fetchone()
            with_steps, steps_bytes = connection.execute(
                "SELECT count(*), coalesce(sum(steps_bytes), 0) FROM pictures WHERE has_steps"
            ).fetchone()
    except sqlite3.Error:
        return None
    return HistorySummary(pictures, with_steps, steps_bytes)
