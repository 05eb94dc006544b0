from __future__ import annotations

from pathlib import Path

from studio.library.store import Store
from studio.library.upkeep.summary import HistorySummary, summarise
from tests.support.samples import a_request, noise


def test_it_counts_without_opening(store: Store, data: Path) -> None:
    store.record(noise(1), a_request())
    store.record(noise(2), a_request(), previews=noise(2)[None])
    size = store.kept_steps.total_bytes()
    assert summarise(data) == HistorySummary(2, 1, size)


def test_where_there_is_none_none_is_made(tmp_path: Path) -> None:
    assert summarise(tmp_path) is None
    (tmp_path / "history.sqlite3").write_text("no database")
    assert summarise(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == ["history.sqlite3"]
