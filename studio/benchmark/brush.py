"""How long from a brush's event to its pixels on the screen, in the largest document, in ms.

For each pair the 95th percentile of a stroke; the control is the same stroke in a document of
1024 px.
"""

from __future__ import annotations

from studio.benchmark.bench import Bench
from studio.benchmark.easel import Easel, measure_p95
from studio.benchmark.ratios import Measurement


async def run(bench: Bench) -> list[Measurement]:
    return await measure_p95(bench, Easel.stroke)
