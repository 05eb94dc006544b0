"""Previews drawn, handed over and painted in the window, against an engine that draws none.

For comparison: what a full decoding after each step, as other programs do it, would cost.
"""

from __future__ import annotations

import statistics
import time
from typing import Final

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Measurement
from studio.domain.events import ImageReady, JobFailed, Pixels
from studio.domain.request import Request
from studio.engine import Engine, create_engine

_FULL_DECODE_ROUNDS: Final = 3


async def run(bench: Bench) -> list[Measurement]:
    from studio.benchmark.decoding import create_decoding_engine

    workload = bench.like_an_artists()
    stage = await bench.stage()
    without = create_engine(lambda name: workload.model, _no_picture, previews=False)
    decoding = create_decoding_engine(workload.model, _no_picture)

    async def on(request: Request) -> float:
        return (await stage.make(request)).idle_s

    async def off(request: Request) -> float:
        return await _make(without, request)

    try:
        rounds = await bench.time_rounds(workload, on, off)
        bench.say(f"a full decoding after each step, for comparison ({workload})")
        await _make(decoding, workload.request)
        requests = bench.requests(workload)[:_FULL_DECODE_ROUNDS]
        decoded = [await _make(decoding, request) / await off(request) for request in requests]
    finally:
        without.close()
        decoding.close()
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


async def _make(engine: Engine, request: Request) -> float:
    """Seconds from submitting a job to its picture, with nobody looking."""
    started = time.perf_counter()
    async for event in engine.submit(request).events():
        match event:
            case ImageReady():
                return time.perf_counter() - started
            case JobFailed():
                raise event.error
    raise RuntimeError("the job was cancelled")


def _no_picture(digest: str) -> Pixels:
    raise LookupError(digest)
