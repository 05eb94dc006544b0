"""How long a frame takes while the largest document is panned as a whole, in ms.

For each pair the 95th percentile; the control is a document of 1024 px.
"""

from __future__ import annotations

from studio.benchmark.bench import Bench
from studio.benchmark.easel import Easel, measure_p95
from studio.benchmark.ratios import Measurement


async def run(bench: Bench) -> list[Measurement]:
    return await measure_p95(bench, Easel.pan)
