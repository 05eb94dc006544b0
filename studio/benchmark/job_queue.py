"""Twenty jobs in the queue, each picture recorded, against twenty times the loop and the decoding.

The studio's clock runs from the click until the last picture is on the disk. The other side
is a few pictures of the loop alone, counted as twenty.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Measurement
from studio.benchmark.workload import Workload
from studio.domain.request import Request

JOBS: Final = 20
_TIMED_ALONE: Final = 2
# Few, so that ten rounds of twenty jobs are over in two minutes.
_STEPS: Final = 4


async def run(bench: Bench) -> list[Measurement]:
    embedded = bench.like_the_first_minutes()
    if embedded is not None:
        # Its jobs are the shortest, so what comes between them weighs most.
        return [await _compare(bench, embedded)]
    artists = bench.like_an_artists()
    return [await _compare(bench, artists if bench.wishes.steps else artists.with_steps(_STEPS))]


async def _compare(bench: Bench, workload: Workload) -> Measurement:
    stage, bare = await bench.stage(), bench.bare("loop_and_decode", workload)

    async def twenty_jobs(request: Request) -> float:
        return (await stage.make(replace(request, seed=request.seed * JOBS), JOBS)).recorded_s

    async def twenty_loops(request: Request) -> float:
        alone = [(await bare.do(request))["seconds"] for _ in range(_TIMED_ALONE)]
        return float(sum(alone)) * JOBS / _TIMED_ALONE

    rounds = await bench.time_rounds(workload, twenty_jobs, twenty_loops)
    details = {"jobs": JOBS, "loop_and_decode_s": rounds.median_b_s / JOBS}
    return Measurement(str(workload), rounds.ratios, rounds.control, details)
