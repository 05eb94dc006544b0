"""An iteration of the optimised style transfer by tiles / of the same picture looked at as a whole.

    python -m studio.benchmark.style_tiles SIDE_PX MOST_PX

is a process that iterates in this way and prints the most MiB that it took for it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

from studio.benchmark.bench import Bench
from studio.benchmark.history_memory import own_peak_mib
from studio.benchmark.ratios import Measurement, time_rounds
from studio.benchmark.style_work import content_and_style, seconds, shipped_extractor
from studio.style.optimisation import MOST_PX, Iteration, Optimisation

_SIDE_PX: Final = 2048
# The first looks at all of the picture, the second is the first with momentum.
_TO_BEGIN: Final = 2


async def run(bench: Bench) -> list[Measurement]:
    """In full size, as large as still fits as a whole."""
    return [await compare(bench, _SIDE_PX, MOST_PX)]


async def compare(bench: Bench, side_px: int, most_px: int) -> Measurement:
    """A square picture, looked at by `most_px` pixels at a time; also what memory both ways take.
    Two processes of their own tell that before anything is timed."""
    name = f"{shipped_extractor().title}, {side_px} px"
    whole_px = side_px**2
    bench.say(f"memory ({name})")
    tiles_mib, whole_mib = [
        await asyncio.to_thread(_process_mib, side_px, px) for px in (most_px, whole_px)
    ]
    count = _TO_BEGIN + 2 * bench.wishes.pairs
    tiles, whole = _begun(side_px, most_px, count), _begun(side_px, whole_px, count)

    async def by_tiles(_: int) -> float:
        return seconds(lambda: next(tiles))

    async def as_a_whole(_: int) -> float:
        return seconds(lambda: next(whole))

    rounds = await time_rounds(by_tiles, as_a_whole, range(bench.wishes.pairs), bench.counter(name))
    details = {
        "iteration_s": rounds.median_b_s,
        "memory_ratio": tiles_mib / whole_mib,
        "whole_mib": whole_mib,
    }
    return Measurement(name, rounds.ratios, rounds.control, details)


def _begun(side_px: int, most_px: int, count: int) -> Iterator[Iteration]:
    content, styles = content_and_style(side_px)
    optimisation = Optimisation(content, styles, shipped_extractor(), iterations=1, most_px=most_px)
    next(optimisation.run())  # a single one is in full size; those to come are, too
    optimisation.iterations = count
    iterations = optimisation.run()
    next(iterations)
    return iterations


def _process_mib(side_px: int, most_px: int) -> float:
    words = ["-m", "studio.benchmark.style_tiles", str(side_px), str(most_px)]
    done = subprocess.run(  # noqa: S603 - our own interpreter with our own words
        [sys.executable, *words], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _iterations_mib(side_px: int, most_px: int) -> float:
    """What was there before, most of it torch, isn't counted."""
    shipped_extractor()
    before = own_peak_mib()
    next(_begun(side_px, most_px, _TO_BEGIN + 1))
    return own_peak_mib() - before


if __name__ == "__main__":
    sys.stdout.write(f"{_iterations_mib(int(sys.argv[1]), int(sys.argv[2])):.3f}\n")
