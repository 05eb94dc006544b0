"""Benchmarks of the history, with far fewer pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.benchmark import (
    histories,
    history_memory,
    history_page,
    history_search,
    history_start,
)
from studio.benchmark.bench import Bench, Wishes
from studio.benchmark.many_pictures import write_rows
from studio.benchmark.ratios import Measurement
from studio.library import Store
from studio.library.index.outline import Grouping
from studio.library.query import EVERYTHING, parse


@pytest.fixture
def bench(tmp_path: Path, pentimento_home: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    for module in (histories, history_memory, history_page, history_start):
        monkeypatch.setattr(module, "MANY", 1200)
    monkeypatch.setattr(history_page, "_FAR", 600)
    monkeypatch.setattr(history_search, "SOME", 300)
    return Bench(tmp_path, Wishes(pairs=2), lambda text: None)


def check(measurement: Measurement, *details: str) -> None:
    assert len(measurement.values) == len(measurement.control) == 2
    assert all(value > 0 for value in (*measurement.values, *measurement.control))
    assert set(details) <= measurement.details.keys()


async def test_pages_memory_and_search(bench: Bench) -> None:
    (page,) = await history_page.run(bench)
    check(page, "page_ms", "page_by_offset_ms", "outline_s", "outline_marks")
    (memory,) = await history_memory.run(bench)
    check(memory, "with_1000000_mib")
    assert 0.5 < memory.values[0] < 2
    (search,) = await history_search.run(bench)
    check(search, "like_scan_ms", "median_letter_ms")


def test_rows_of_many_pictures_are_a_whole_history(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write_rows(tmp_path / "data" / "history.sqlite3", 2000)
    store = Store(tmp_path / "pictures", tmp_path / "data")
    list(store.reconcile())
    assert store.count() == 2000
    outline = store.outlines.make(EVERYTHING, Grouping.DAY)
    pictures = store.outlines.rows(outline, 0, 2000)
    assert [picture.id for picture in pictures] == list(range(2000, 0, -1))
    for picture in pictures[::97]:
        assert picture.settings.prompt
    assert store.count(parse("fox").condition()) > 100
    assert store.count(parse("rating:5").condition()) == store.marks.collections()[0].count
    assert store.lineage.parents_of(next(p for p in pictures if p.record.parents))
    store.close()
