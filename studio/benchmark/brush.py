"""How long from a brush's event to its pixels on the screen, in the largest document, in ms.

For each pair the 95th percentile of a stroke; the control is the same stroke in a document of
1024 px.
"""

from __future__ import annotations

from studio.benchmark.bench import Bench
from studio.benchmark.easel import LARGE_PX, SMALL_PX, p95_ms
from studio.benchmark.ratios import Measurement


async def run(bench: Bench) -> list[Measurement]:
    stage = await bench.stage()
    easel = stage.easel()
    tell = bench.counter(f"{LARGE_PX} px")
    large, small = [], []
    for number in range(bench.wishes.pairs):
        tell(number)
        await easel.take(LARGE_PX)
        large.append(p95_ms(await easel.stroke(number)))
        await easel.take(SMALL_PX)
        small.append(p95_ms(await easel.stroke(number)))
    stage.clear()
    return [Measurement(f"{LARGE_PX} px", large, small)]
