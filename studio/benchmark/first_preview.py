"""From the click to the first preview in the window, against a bare pipeline's first step."""

from __future__ import annotations

from typing import Final

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Measurement
from studio.domain.request import Request

_STEPS: Final = 2


async def run(bench: Bench) -> list[Measurement]:
    workload = bench.like_an_artists().with_steps(_STEPS)
    stage, bare = await bench.stage(), bench.bare("pipeline", workload)

    async def seen(request: Request) -> float:
        return (await stage.make(request)).first_preview_s

    async def taken(request: Request) -> float:
        return float((await bare.do(request))["first_step_s"])

    rounds = await bench.time_rounds(workload, seen, taken)
    details = {"bare_first_step_s": rounds.median_b_s}
    return [Measurement(str(workload), rounds.ratios, rounds.control, details)]
