"""Each window has its journals to itself, and what is left behind is offered by one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.document import Document
from studio.document.journal import JournalFolder, Moment, left_behind
from studio.domain.errors import StorageError
from studio.domain.geometry import Size


def a_moment() -> Moment:
    return Moment(Document.blank(Size(20, 20)).content)


def test_a_window_in_use_is_left_alone(tmp_path: Path) -> None:
    one, other = JournalFolder(tmp_path), JournalFolder(tmp_path)
    journals = [one.new(), other.new()]
    for journal in journals:
        journal.write(a_moment())
    assert left_behind(tmp_path) == []
    assert journals[0].path != journals[1].path
    for journal in journals:
        journal.close()
    one.close()
    [left] = left_behind(tmp_path)
    assert left.journals == [journals[0].path]
    assert left_behind(tmp_path) == []  # held already
    left.close()
    other.close()


def test_what_was_neither_recovered_nor_discarded_is_offered_again(tmp_path: Path) -> None:
    folder = JournalFolder(tmp_path)
    for _ in range(2):
        journal = folder.new()
        journal.write(a_moment())
        journal.close()
    folder.close()
    [left] = left_behind(tmp_path)
    left.remove(left.journals[0])
    left.close()
    [left] = left_behind(tmp_path)
    [path] = left.journals
    left.remove(path)
    left.close()
    assert left_behind(tmp_path) == []
    assert not list(tmp_path.iterdir())


def test_a_window_that_kept_nothing_leaves_nothing(tmp_path: Path) -> None:
    folder = JournalFolder(tmp_path)
    journal = folder.new()
    journal.write(a_moment())
    journal.discard()
    folder.close()
    assert not list(tmp_path.iterdir())


def test_where_nothing_can_be_kept_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="kept safe"):
        JournalFolder(tmp_path / "file")
    assert left_behind(tmp_path / "file") == []
