"""Iterations of the optimised style transfer whose picture is shown / that of nobody sees."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Measurement, time_rounds
from studio.benchmark.style_work import DEVICE, content_and_style, seconds, shipped_extractor
from studio.domain.events import Pixels
from studio.style.optimised import Optimised, OptimisedProgress

_SIDE_PX: Final = 512


async def run(bench: Bench) -> list[Measurement]:
    """In full size, where pictures are largest."""
    extractor = shipped_extractor()
    content, styles = content_and_style(_SIDE_PX)

    def painting(previews: bool) -> Generator[OptimisedProgress, None, Pixels]:
        method = Optimised(extractor, DEVICE, iterations=1, previews=previews)
        begun = method.paint(content, styles, 1.0)
        next(begun)  # a single one is in full size; those to come are, too
        method.iterations += 2 * bench.wishes.pairs
        return begun

    shown, unseen = painting(True), painting(False)

    async def streamed(_: int) -> float:
        return seconds(lambda: next(shown))

    async def silent(_: int) -> float:
        return seconds(lambda: next(unseen))

    name = f"{extractor.title}, {_SIDE_PX} px"
    rounds = await time_rounds(streamed, silent, range(bench.wishes.pairs), bench.counter(name))
    details = {"iteration_s": rounds.median_b_s}
    return [Measurement(name, rounds.ratios, rounds.control, details)]
