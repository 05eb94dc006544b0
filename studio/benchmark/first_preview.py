"""From the click to the first preview in the window, against a bare pipeline's first step."""

from __future__ import annotations

from typing import Final

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Finding, ratio_finding
from studio.domain.request import Request

NAME: Final = "first-preview"
GOAL: Final = 1.05
_STEPS: Final = 2


async def run(bench: Bench) -> list[Finding]:
    workload = bench.like_an_artists().with_steps(_STEPS)
    stage, bare = await bench.stage(), bench.bare(workload)

    async def seen(request: Request) -> float:
        return (await stage.make(request)).first_preview_s

    async def taken(request: Request) -> float:
        return bare.draw(request).first_step_s

    rounds = await bench.time_rounds(NAME, workload, seen, taken)
    details = {"bare_first_step_s": rounds.median_b_s}
    return [ratio_finding(NAME, str(workload), GOAL, rounds.ratios, rounds.control, details)]
