"""From the click on Stop to the idle engine, against one step.

The click comes right after a step, which is the worst moment: nearly the whole next step is still
to be waited for.
"""

from __future__ import annotations

import statistics
from typing import Final

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Finding, ratio_finding

NAME: Final = "cancel"
GOAL: Final = 1.1
_STEP: Final = 4


async def run(bench: Bench) -> list[Finding]:
    workload = bench.like_an_artists()
    workload = workload.with_steps(max(_STEP + 2, workload.request.num_inference_steps))
    stage = await bench.stage()
    bench.say(f"{NAME}: warming up ({workload})")
    await stage.make(workload.request)
    tell = bench.counter(NAME, str(workload))
    idles_s, steps_s, before_s = [], [], []
    for done, request in enumerate(bench.requests(workload)):
        tell(done)
        idle_s, step_s, step_before_s = await stage.cancel_after(request, _STEP)
        idles_s.append(idle_s)
        steps_s.append(step_s)
        before_s.append(step_before_s)
    return [
        ratio_finding(
            NAME,
            str(workload),
            GOAL,
            [idle / step for idle, step in zip(idles_s, steps_s, strict=True)],
            [before / step for before, step in zip(before_s, steps_s, strict=True)],
            {"step_s": statistics.median(steps_s)},
        )
    ]
