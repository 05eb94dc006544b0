"""A job in the open window, with its previews, against diffusers' own pipeline in a script.

Both make the same picture of a prompt that neither has seen before, each in its own process; the
clock of the studio runs from the click until the engine has nothing left to do.
"""

from __future__ import annotations

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Measurement
from studio.benchmark.workload import Workload
from studio.domain.request import Request


async def run(bench: Bench) -> list[Measurement]:
    return [await _compare(bench, workload) for workload in bench.both()]


async def _compare(bench: Bench, workload: Workload) -> Measurement:
    stage, bare = await bench.stage(), bench.bare("pipeline", workload)
    streamed_pixels: dict[Request, str] = {}
    bare_pixels: dict[Request, str] = {}

    async def streamed(request: Request) -> float:
        made = await stage.make(request)
        streamed_pixels[request] = made.pictures[0].pixel_digest
        return made.idle_s

    async def bare_pipeline(request: Request) -> float:
        drawn = await bare.do(request)
        bare_pixels[request] = drawn["pixel_digest"]
        return float(drawn["seconds"])

    rounds = await bench.time_rounds(workload, streamed, bare_pipeline)
    last = next(reversed(streamed_pixels))
    return Measurement(
        str(workload),
        rounds.ratios,
        rounds.control,
        {
            "bare_s": rounds.median_b_s,
            "pixels_identical": streamed_pixels == bare_pixels,
            "last_pixels_streamed": streamed_pixels[last],
            "last_pixels_bare": bare_pixels[last],
        },
    )
