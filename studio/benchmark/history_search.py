"""A search while it is typed, letter by letter, among 100,000 pictures: the longest wait, in ms.

Timed from the text to the pictures of the first screen, ready to be shown. The control is the
first screen without any search. For information: the same text looked for with LIKE, as it is done
without an index.
"""

from __future__ import annotations

import statistics
import time
from typing import Final

from studio.benchmark.bench import Bench
from studio.benchmark.histories import SOME, folders_of, home_with
from studio.benchmark.ratios import Measurement
from studio.library import Store
from studio.library.query import EVERYTHING, Condition, parse

_TYPED: Final = "red fox water -mist rating:>2"
_SCREEN: Final = 120


async def run(bench: Bench) -> list[Measurement]:
    folders = folders_of(home_with(bench, SOME))
    store = Store(folders.pictures, folders.data)
    try:
        return [_measure(bench, store)]
    finally:
        store.close()


def _measure(bench: Bench, store: Store) -> Measurement:
    texts = [_TYPED[:length] for length in range(1, len(_TYPED) + 1)]
    values, control, medians, scans = [], [], [], []
    for pair in range(bench.wishes.pairs):
        bench.counter(f"{SOME:,} pictures")(pair)
        typed = [_ms(store, parse(text).condition()) for text in texts]
        values.append(max(typed))
        medians.append(statistics.median(typed))
        control.append(_ms(store, EVERYTHING))
        scans.append(_ms(store, Condition("pictures.prompt LIKE ?", ("%red fox%charcoal%mist%",))))
    details = {
        "median_letter_ms": statistics.median(medians),
        "like_scan_ms": statistics.median(scans),
        "longest_to_like_scan_ratio": statistics.median(values) / statistics.median(scans),
    }
    return Measurement(f"“{_TYPED}”, {SOME:,} pictures", values, control, details)


def _ms(store: Store, condition: Condition) -> float:
    started = time.perf_counter()
    store.page(None, _SCREEN, condition)
    return (time.perf_counter() - started) * 1000
