"""Whether a dab costs the same in a document of any size: a stroke in the largest / in a small one.

Each pair is the two strokes' medians; the control is the small one painted twice.
"""

from __future__ import annotations

import statistics

from studio.benchmark.bench import Bench
from studio.benchmark.easel import LARGE_PX, SMALL_PX
from studio.benchmark.ratios import Measurement


async def run(bench: Bench) -> list[Measurement]:
    stage = await bench.stage()
    easel = stage.easel()
    tell = bench.counter(f"{LARGE_PX} / {SMALL_PX} px")
    values, control = [], []
    for number in range(bench.wishes.pairs):
        tell(number)
        await easel.take(LARGE_PX)
        large = statistics.median(await easel.stroke(number))
        await easel.take(SMALL_PX)
        small = statistics.median(await easel.stroke(number))
        again = statistics.median(await easel.stroke(number))
        values.append(large / small)
        control.append(again / small)
    stage.clear()
    return [Measurement(f"{LARGE_PX} / {SMALL_PX} px", values, control)]
