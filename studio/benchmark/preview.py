"""Previews drawn, handed over and painted in the window, against the same window without them.

What the window itself costs is seen in the benchmark of the stream, against a bare pipeline. For
comparison: what a full decoding after each step, as other programs do it, would cost.
"""

from __future__ import annotations

import statistics
from typing import Final

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Measurement
from studio.domain.request import Request

_FULL_DECODE_ROUNDS: Final = 3


async def run(bench: Bench) -> list[Measurement]:
    workload = bench.like_an_artists()
    stage = await bench.stage()
    without = bench.bare("window_without_previews", workload)
    decoding = bench.bare("full_decodes", workload)

    async def on(request: Request) -> float:
        return (await stage.make(request)).idle_s

    async def off(request: Request) -> float:
        return float((await without.do(request))["seconds"])

    rounds = await bench.time_rounds(workload, on, off)
    bench.say(f"a full decoding after each step, for comparison ({workload})")
    await decoding.do(workload.request)
    requests = bench.requests(workload)[:_FULL_DECODE_ROUNDS]
    decoded = [(await decoding.do(request))["seconds"] / await off(request) for request in requests]
    return [
        Measurement(
            str(workload),
            rounds.ratios,
            rounds.control,
            {
                "previews_off_s": rounds.median_b_s,
                "full_decode_each_step_ratio": statistics.median(decoded),
            },
        )
    ]
