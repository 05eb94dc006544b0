"""Searches kept by name outlive the database."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.domain.errors import StorageError, UsageError
from studio.library.index.saved_searches import FILE, SavedSearch, SavedSearches
from studio.library.store import Store
from tests.support.samples import FailingDisk


def test_searches_are_kept_in_their_order_and_replaced_by_name(store: Store) -> None:
    store.searches.save("Cats", "cat rating:>3")
    store.searches.save("Sea", 'tag:"sea"')
    store.searches.save(" Cats ", "cat")
    assert store.searches.all() == [SavedSearch("Cats", "cat"), SavedSearch("Sea", 'tag:"sea"')]
    store.searches.remove("Cats")
    store.searches.remove("never there")
    assert store.searches.all() == [SavedSearch("Sea", 'tag:"sea"')]


def test_a_name_is_needed(store: Store) -> None:
    with pytest.raises(UsageError, match="needs a name"):
        store.searches.save(" \n", "cat")


def test_they_come_back_when_the_database_is_gone(store: Store, pictures: Path, data: Path) -> None:
    store.searches.save("Katzen 🐈", "Kätzchen | cat")
    store.searches.save("gone", "x")
    store.searches.remove("gone")
    store.close()
    for file in data.glob("history.sqlite3*"):
        file.unlink()
    again = Store(pictures, data)
    assert again.searches.all() == [SavedSearch("Katzen 🐈", "Kätzchen | cat")]
    assert again.searches.restore() == 0
    again.close()


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"\xff\xfe", b"[]", b'{"searches": 5}', b'{"searches": [{"name": 1}]}'),
        *(b'{"searches": [{"name": "", "query": "x"}]}', b"[" * 100_000),
        b'{"searches": [{"name": "\\ud800", "query": []}]}',
    ],
)
def test_a_file_that_cant_be_read_gives_none(store: Store, data: Path, content: bytes) -> None:
    (data / FILE).write_bytes(content)
    assert store.searches.restore() == 0
    assert store.searches.all() == []


def test_a_full_disk_is_said(store: Store, data: Path) -> None:
    searches = SavedSearches(store._index.connections, data, FailingDisk(fail_at=1))
    with pytest.raises(StorageError, match="full"):
        searches.save("Cats", "cat")
