"""A page of pictures near the end of a million against the first one.

For each pair the medians of some pages; the control is the first pages once more. For information:
the same page by OFFSET, as it is usually done, and how long the outline takes to be made.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from studio.benchmark.bench import Bench
from studio.benchmark.histories import MANY, folders_of, home_with
from studio.benchmark.ratios import Measurement
from studio.library import Store
from studio.library.index.database import connect
from studio.library.index.outline import Grouping
from studio.library.index.rows import SELECT, pictures_of
from studio.library.query import EVERYTHING

_PAGE: Final = 100
_PAGES: Final = 20
_FAR: Final = MANY - 10_000


async def run(bench: Bench) -> list[Measurement]:
    folders = folders_of(home_with(bench, MANY))
    store = Store(folders.pictures, folders.data)
    try:
        return [_measure(bench, store, folders.data / "history.sqlite3")]
    finally:
        store.close()


def _measure(bench: Bench, store: Store, database: Path) -> Measurement:
    bench.say("making the outline")
    started = time.perf_counter()
    outline = store.outlines.make(EVERYTHING, Grouping.DAY)
    outline_s = time.perf_counter() - started

    def pages_from(first: int) -> float:
        return _median_ms(
            lambda number: store.outlines.rows(outline, first + number * _PAGE, _PAGE)
        )

    values, control, far_ms = [], [], []
    for warm_up in (0, _FAR):
        pages_from(warm_up)
    for pair in range(bench.wishes.pairs):
        bench.counter(f"{MANY:,} pictures")(pair)
        near, far, again = pages_from(0), pages_from(_FAR), pages_from(0)
        values.append(far / near)
        control.append(again / near)
        far_ms.append(far)
    bench.say("the same by OFFSET")
    offset_ms = _by_offset_ms(database)
    details = {
        "page_ms": statistics.median(far_ms),
        "page_by_offset_ms": offset_ms,
        "outline_s": outline_s,
        "outline_marks": len(outline.segments),
    }
    return Measurement(f"{MANY:,} pictures, {_PAGE} a page", values, control, details)


def _by_offset_ms(database: Path) -> float:
    statement = (
        f"{SELECT} WHERE present ORDER BY created_us DESC, pictures.id DESC LIMIT ? OFFSET ?"
    )
    with closing(connect(database)) as connection:
        return _median_ms(
            lambda number: pictures_of(
                connection.execute(statement, (_PAGE, _FAR + number * _PAGE)), Path()
            ),
            count=3,
        )


def _median_ms(page: Callable[[int], object], count: int = _PAGES) -> float:
    seconds = []
    for number in range(count):
        started = time.perf_counter()
        page(number)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds) * 1000
