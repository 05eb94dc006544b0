"""All benchmarks: what each measures in one sentence, its goal, and the file that measures it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from studio.benchmark.ratios import Finding, Measurement, judge_limit, judge_ratio

if TYPE_CHECKING:
    from studio.benchmark.bench import Bench


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`goal` is the largest ratio, or the most milliseconds if `in_ms`, that is good enough.

    `file` is a module of this package; its `run` takes one measurement for each workload.
    """

    file: str
    goal: float
    sentence: str
    in_ms: bool = False

    @property
    def unit(self) -> str:
        return "ms" if self.in_ms else "ratio"

    def load(self) -> Callable[[Bench], Awaitable[list[Measurement]]]:
        """The benchmark's function, imported with all that it needs."""
        run: Callable[[Bench], Awaitable[list[Measurement]]]
        run = import_module(f"studio.benchmark.{self.file}").run
        return run

    def judge(self, measurement: Measurement) -> Finding:
        """`measurement` against the goal."""
        return (judge_limit if self.in_ms else judge_ratio)(measurement, self.goal)


BENCHMARKS: Final[dict[str, Benchmark]] = {
    "window": Benchmark("window", 2.0, "process start to window visible / bare QMainWindow script"),
    "stream": Benchmark(
        "stream", 1.01, "streamed job in the open window / bare diffusers pipeline"
    ),
    "preview": Benchmark("preview", 1.01, "job with previews / without"),
    "first-preview": Benchmark(
        "first_preview", 1.05, "click to first preview in view / bare pipeline's first step"
    ),
    "first-picture": Benchmark(
        "first_picture", 5000.0, "click to the first picture's file, 4× finish and all", in_ms=True
    ),
    "cancel": Benchmark("cancel", 1.1, "click on Stop to engine idle / one step"),
    "stall": Benchmark(
        "stall", 16.0, "longest stall of the event loop while a job runs, in ms", in_ms=True
    ),
    "prompt": Benchmark(
        "second_prompt",
        1.02,
        "second job with the same prompt / denoising loop and decoding alone",
    ),
    "seam": Benchmark("seam", 1.25, "seam of a filled place / of the same border before"),
    "brush": Benchmark(
        "brush", 16.0, "brush event to its pixels painted, 95 % of them, 8192 px", in_ms=True
    ),
    "dab-size": Benchmark("dab_size", 1.1, "dab in a document of 8192 px / of 1024 px"),
    "dab-composite": Benchmark(
        "dab_composite", 0.01, "dab / the document of 8192 px composited as a whole"
    ),
    "pan": Benchmark("pan", 20.0, "frame while 8192 px are panned, 95 % of them", in_ms=True),
    "queue": Benchmark(
        "job_queue", 1.01, "20 queued jobs, recorded / 20 × denoising loop and decoding alone"
    ),
    "history-page": Benchmark("history_page", 1.5, "page of the history at row 990,000 / at row 0"),
    "history-start": Benchmark(
        "history_start", 1.1, "start to the newest pictures, of 1,000,000 / of 1,000"
    ),
    "history-scroll": Benchmark(
        "history_scroll", 1.2, "frame of the scrolled gallery, 95 % of them, 1,000,000 / 1,000"
    ),
    "history-memory": Benchmark(
        "history_memory", 1.5, "peak memory of the history, of 1,000,000 pictures / of 1,000"
    ),
    "history-search": Benchmark(
        "history_search", 100.0, "search as one types, 100,000 pictures, longest in ms", in_ms=True
    ),
    "history-import": Benchmark(
        "history_import", 1 / 3, "pictures into the history / a walk by Pillow, same thumbnails"
    ),
    "catalog": Benchmark(
        "catalog_probe", 2000.0, "look at a thousand model files known already, in ms", in_ms=True
    ),
    "style-iteration": Benchmark(
        "style_iteration", 1.15, "iteration of optimised style transfer / its network and back"
    ),
    "style-stream": Benchmark(
        "style_stream", 1.02, "iteration of optimised style transfer, shown / unseen"
    ),
    "style-tiles": Benchmark(
        "style_tiles", 1.15, "iteration of optimised style transfer by tiles / as a whole"
    ),
}
