"""All benchmarks: name, function, goal, and what is measured in one sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from studio.benchmark import (
    cancel,
    first_preview,
    job_queue,
    preview,
    second_prompt,
    stall,
    stream,
    window,
)
from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Finding


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`run` gives one finding for each workload; `goal` is in the unit of its findings."""

    run: Callable[[Bench], Awaitable[list[Finding]]]
    goal: float
    sentence: str


BENCHMARKS: Final[dict[str, Benchmark]] = {
    window.NAME: Benchmark(
        window.run, window.GOAL, "process start to window visible / bare QMainWindow script"
    ),
    stream.NAME: Benchmark(
        stream.run, stream.GOAL, "streamed job in the open window / bare diffusers pipeline"
    ),
    preview.NAME: Benchmark(preview.run, preview.GOAL, "job with previews / without"),
    first_preview.NAME: Benchmark(
        first_preview.run,
        first_preview.GOAL,
        "click to first preview in view / bare pipeline's first step",
    ),
    cancel.NAME: Benchmark(cancel.run, cancel.GOAL, "click on Stop to engine idle / one step"),
    stall.NAME: Benchmark(
        stall.run, stall.GOAL_MS, "longest stall of the event loop while a job runs, in ms"
    ),
    second_prompt.NAME: Benchmark(
        second_prompt.run,
        second_prompt.GOAL,
        "second job with the same prompt / denoising loop and decoding alone",
    ),
    job_queue.NAME: Benchmark(
        job_queue.run,
        job_queue.GOAL,
        "20 queued jobs, recorded / 20 × denoising loop and decoding alone",
    ),
}
