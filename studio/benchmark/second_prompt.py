"""A second job with the same prompt, against the denoising loop and the decoding alone."""

from __future__ import annotations

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Measurement
from studio.benchmark.workload import Workload
from studio.domain.request import Request


async def run(bench: Bench) -> list[Measurement]:
    return [await _compare(bench, workload) for workload in bench.both()]


async def _compare(bench: Bench, workload: Workload) -> Measurement:
    stage, bare = await bench.stage(), bench.bare("loop_and_decode", workload)

    async def second_job(request: Request) -> float:
        return (await stage.make(workload.with_seed(request.seed))).idle_s

    async def loop_and_decode(request: Request) -> float:
        return float((await bare.do(workload.with_seed(request.seed)))["seconds"])

    rounds = await bench.time_rounds(workload, second_job, loop_and_decode)
    details = {"loop_and_decode_s": rounds.median_b_s}
    return Measurement(str(workload), rounds.ratios, rounds.control, details)
