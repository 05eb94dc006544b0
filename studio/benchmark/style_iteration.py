"""An iteration of the optimised style transfer / the bare way through its network and back."""

from __future__ import annotations

from typing import Final

import torch

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Measurement, time_rounds
from studio.benchmark.style_work import content_and_style, seconds, shipped_extractor
from studio.style.optimisation import Optimisation

_SIDES_PX: Final = (512, 1024)


async def run(bench: Bench) -> list[Measurement]:
    """In full size. The losses, their gradients, Adam, the average: all that isn't the network."""
    return [await _compare(bench, side_px) for side_px in _SIDES_PX]


async def _compare(bench: Bench, side_px: int) -> Measurement:
    extractor = shipped_extractor()
    content, styles = content_and_style(side_px)
    optimisation = Optimisation(content, styles, extractor, iterations=1)
    next(optimisation.run())  # a single one is in full size; those to come are, too
    optimisation.iterations += 2 * bench.wishes.pairs
    iterations = optimisation.run()
    picture = torch.tensor(content).permute(2, 0, 1)[None] / 255

    def there_and_back() -> None:
        seen = picture.requires_grad_()
        features = list(extractor(seen).values())
        torch.autograd.grad(features, seen, [torch.ones_like(found) for found in features])

    async def iteration(_: int) -> float:
        return seconds(lambda: next(iterations))

    async def bare(_: int) -> float:
        return seconds(there_and_back)

    name = f"{extractor.title}, {side_px} px"
    there_and_back()
    rounds = await time_rounds(iteration, bare, range(bench.wishes.pairs), bench.counter(name))
    return Measurement(name, rounds.ratios, rounds.control, {"bare_s": rounds.median_b_s})
