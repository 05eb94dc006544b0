from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from studio.library.index.likenesses import Likenesses
from studio.library.store import Store
from tests.support.samples import a_request, noise

LENGTH = 6


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "pictures", tmp_path / "data")
    yield store
    store.close()


def recorded(store: Store, count: int) -> list[int]:
    return [store.record(noise(seed, 16, 16), a_request(seed=seed)).id for seed in range(count)]


def row(*values: int) -> np.ndarray:
    return np.array(values, np.int8)


def test_the_newest_without_a_likeness_are_missing(store: Store) -> None:
    ids = recorded(store, 4)
    assert store.likenesses.missing(10) == ids[::-1]
    assert store.likenesses.missing(2) == [ids[3], ids[2]]
    store.likenesses.put({ids[3]: row(1, 2, 3), ids[1]: None, 999: row(1, 1, 1)})
    assert store.likenesses.missing(10) == [ids[2], ids[0]]
    assert store.likenesses.count() == 2


def test_the_nearest_come_first_and_the_picture_itself_never(store: Store) -> None:
    ids = recorded(store, 6)
    half = [row(100, 0, 0), row(90, 20, 0), row(30, 95, 0)]
    rows = [*half, *(-one for one in half)]
    store.likenesses.put(dict(zip(ids, rows, strict=True)))
    nearest = store.likenesses.nearest(ids[0], 10)
    assert [number for number, _ in nearest] == [ids[place] for place in (1, 2, 5, 4, 3)]
    assert [number for number, _ in store.likenesses.nearest(ids[0], 2)] == [ids[1], ids[2]]
    values = [nearness for _, nearness in nearest]
    assert values == sorted(values, reverse=True)
    assert -1.0001 <= values[-1] <= values[0] <= 1.0001


def test_what_was_not_looked_at_is_near_to_nothing(store: Store) -> None:
    ids = recorded(store, 3)
    assert store.likenesses.nearest(ids[0], 5) == []
    store.likenesses.put({ids[0]: row(1, 2, 3), ids[1]: None})
    assert store.likenesses.nearest(ids[0], 5) == []
    assert store.likenesses.nearest(ids[1], 5) == []
    assert store.likenesses.nearest(999, 5) == []


def test_a_deleted_picture_takes_its_likeness_along(store: Store) -> None:
    ids = recorded(store, 3)
    store.likenesses.put({number: row(number, 1, 1) for number in ids})
    picture = store.get(ids[1])
    assert picture is not None
    store.delete(picture, Path.unlink)
    assert store.likenesses.count() == 2
    again = Likenesses(store._index.connections)
    assert [number for number, _ in again.nearest(ids[0], 5)] == [ids[2]]


def test_of_another_version_nothing_is_known(store: Store) -> None:
    ids = recorded(store, 2)
    store.likenesses.put(dict.fromkeys(ids, row(1, 2, 3)))
    newer = Likenesses(store._index.connections, version=2)
    assert newer.missing(5) == ids[::-1]
    newer.put({ids[0]: row(1, 2, 3, 4)})
    assert store.likenesses.count() == 1


@given(
    arrays.arrays(
        np.int8, st.tuples(st.integers(2, 12), st.just(LENGTH)), elements=st.integers(-127, 127)
    ),
    st.integers(1, 12),
)
def test_nearest_is_what_a_plain_comparison_of_all_gives(
    tmp_path_factory: pytest.TempPathFactory, rows: np.ndarray, limit: int
) -> None:
    folder = tmp_path_factory.mktemp("likeness")
    store = Store(folder / "pictures", folder / "data")
    try:
        ids = recorded(store, len(rows))
        store.likenesses.put(dict(zip(ids, rows, strict=True)))
        found = store.likenesses.nearest(ids[0], limit)
    finally:
        store.close()
    floats = rows.astype(np.float64)
    centred = floats - (floats.mean(axis=0) if len(rows) > 2 else 0)
    lengths = np.linalg.norm(centred, axis=1)
    cosines = centred @ centred[0] / np.maximum(lengths * lengths[0], 1e-6)
    best = np.sort(cosines[1:])[::-1][:limit]
    assert len(found) == min(limit, len(rows) - 1)
    assert np.allclose([nearness for _, nearness in found], best, atol=1e-3)
