"""From the click on Stop to the idle engine, against one step.

The click comes right after a step, which is the worst moment: nearly the whole next step is still
to be waited for.
"""

from __future__ import annotations

from typing import Final

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Measurement
from studio.domain.request import Request

_STEPS: Final = 50
_CLICK_AFTER: Final = 3


async def run(bench: Bench) -> list[Measurement]:
    workload = bench.like_an_artists().with_steps(_STEPS)
    stage = await bench.stage()

    async def to_idle(request: Request) -> float:
        return (await stage.cancel_after(request, _CLICK_AFTER))[0]

    async def one_step(request: Request) -> float:
        return (await stage.cancel_after(request, _CLICK_AFTER))[1]

    rounds = await bench.time_rounds(workload, to_idle, one_step)
    details = {"step_s": rounds.median_b_s}
    return [Measurement(str(workload), rounds.ratios, rounds.control, details)]
