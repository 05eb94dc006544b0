"""Homes of studios with a long history."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from studio.benchmark.bench import Bench
from studio.benchmark.many_pictures import write_rows
from studio.folders import Folders

MANY: Final = 1_000_000
SOME: Final = 100_000
FEW: Final = 1_000


def home_with(bench: Bench, count: int) -> Path:
    """A home whose history has so many pictures; made when it is first asked for."""
    home = bench.home / f"history-{count}"
    database = folders_of(home).data / "history.sqlite3"
    if not database.exists():
        bench.say(f"writing a history of {count:,} pictures")
        database.parent.mkdir(parents=True, exist_ok=True)
        write_rows(database, count)
    return home


def folders_of(home: Path) -> Folders:
    """Where a studio that is at home there keeps its things."""
    return Folders.discover({"PENTIMENTO_HOME": str(home)})
