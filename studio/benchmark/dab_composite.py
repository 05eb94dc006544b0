"""A dab and all that it repaints / the largest document composited as a whole.

The control is the dab's stroke painted twice.
"""

from __future__ import annotations

import statistics
import time

from studio.benchmark.bench import Bench
from studio.benchmark.easel import LARGE_PX
from studio.benchmark.ratios import Measurement
from studio.document.rendering.composite import flatten


async def run(bench: Bench) -> list[Measurement]:
    stage = await bench.stage()
    easel = stage.easel()
    tell = bench.counter(f"{LARGE_PX} px")
    await easel.take(LARGE_PX)
    values, control = [], []
    for number in range(bench.wishes.pairs):
        tell(number)
        started = time.perf_counter()
        flatten(easel.content)
        whole = time.perf_counter() - started
        dab = statistics.median(await easel.stroke(number))
        again = statistics.median(await easel.stroke(number))
        values.append(dab / whole)
        control.append(again / dab)
    stage.clear()
    return [Measurement(f"{LARGE_PX} px", values, control)]
