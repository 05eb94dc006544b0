"""How much memory a process takes that looks through the history: of a million / of a thousand.

It makes the outline, reads pages at the beginning, in the middle and at the end, and searches. Each
is a process of its own without Qt and torch, which would only hide what the history takes; the
control is the short history twice.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from studio.benchmark.bench import Bench
from studio.benchmark.histories import FEW, MANY, folders_of, home_with
from studio.benchmark.ratios import Measurement, time_rounds
from studio.library import Store
from studio.library.index.outline import Grouping
from studio.library.query import EVERYTHING, parse


async def run(bench: Bench) -> list[Measurement]:
    many, few = home_with(bench, MANY), home_with(bench, FEW)

    async def with_many(pair: int) -> float:
        return _peak_mib(many)

    async def with_few(pair: int) -> float:
        return _peak_mib(few)

    pairs = range(bench.wishes.pairs)
    rounds = await time_rounds(with_many, with_few, pairs, bench.counter("new processes"))
    details = {"with_1000000_mib": rounds.median_a_s, "with_1000_mib": rounds.median_b_s}
    return [Measurement("new processes", rounds.ratios, rounds.control, details)]


def _peak_mib(home: Path) -> float:
    command = [sys.executable, "-m", "studio.benchmark.history_memory", str(home)]
    done = subprocess.run(  # noqa: S603 - our own interpreter with our own words
        command, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def look_through(home: Path) -> None:
    """What the window does with a history, without the window."""
    folders = folders_of(home)
    store = Store(folders.pictures, folders.data)
    store.page(limit=120)
    outline = store.outlines.make(EVERYTHING, Grouping.DAY)
    for row in (0, len(outline) // 2, len(outline) - 500):
        store.outlines.rows(outline, row, 500)
    found = parse("fox rating:>3").condition()
    store.page(None, 120, found)
    store.outlines.make(found, Grouping.DAY)
    store.close()


def own_peak_mib() -> float:
    """The most memory that this process ever had."""
    status = Path("/proc/self/status")
    if status.exists():
        # What `getrusage` tells on Linux is that of whoever started the process, if it had more.
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) / 2**10 for line in lines if line.startswith("VmHWM"))
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    look_through(Path(sys.argv[1]))
    sys.stdout.write(f"{own_peak_mib():.3f}\n")
