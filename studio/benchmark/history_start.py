"""From the start of the process to the newest pictures: of a million / of a thousand.

Each start is a process of its own; the control is the short history opened twice.
"""

from __future__ import annotations

import os

from studio.benchmark.bench import Bench
from studio.benchmark.histories import FEW, MANY, home_with
from studio.benchmark.ratios import Measurement, time_rounds
from studio.benchmark.window import BARE, give_model, seconds_to_paint


async def run(bench: Bench) -> list[Measurement]:
    many, few = home_with(bench, MANY), home_with(bench, FEW)
    for home in (many, few):
        give_model(bench, home)

    async def with_many(pair: int) -> float:
        return seconds_to_paint((*BARE, "history"), many)

    async def with_few(pair: int) -> float:
        return seconds_to_paint((*BARE, "history"), few)

    bench.say("warming up")
    for warm_up in (with_many, with_few):
        await warm_up(0)
    pairs = range(bench.wishes.pairs)
    rounds = await time_rounds(with_many, with_few, pairs, bench.counter("new processes"))
    details = {"with_1000000_s": rounds.median_a_s, "with_1000_s": rounds.median_b_s}
    workload = f"new processes, {os.environ.get('QT_QPA_PLATFORM') or 'desktop'}"
    return [Measurement(workload, rounds.ratios, rounds.control, details)]
