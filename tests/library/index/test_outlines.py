"""Outlines against the plain list that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.library.index import outlines as module
from studio.library.index.index import Index
from studio.library.index.outline import Change, Grouping, Outline
from studio.library.index.outlines import Outlines
from studio.library.index.rows import NewRow
from studio.library.picture import Picture
from studio.library.query.condition import EVERYTHING, Condition
from tests.support.samples import a_picture, a_request

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CONDITIONS = (EVERYTHING, Condition("pictures.seed < ?", (5,)), Condition("pictures.seed > 1000"))

pictures = st.builds(
    lambda hours, seed, batch, project: replace(
        a_picture(1, a_request(seed=seed)).record,
        created=START + timedelta(hours=hours),
        batch=batch,
        project=project,
    ),
    st.integers(0, 100),
    st.integers(0, 9),
    st.sampled_from(["", "a", "b", "c"]),
    st.sampled_from(["", "Owls", "Harbour"]),
)


@pytest.fixture(autouse=True)
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few pictures make many of them."""
    monkeypatch.setattr(module, "SEGMENT_ROWS", 3)
    monkeypatch.setattr(module, "_FEW_SEGMENTS", 2)


@contextmanager
def opened() -> Iterator[tuple[Index, Callable[..., Picture], Outlines]]:
    with TemporaryDirectory() as folder:
        index = Index(Path(folder) / "history.sqlite3", Path(folder))
        numbers = iter(range(10**6))
        try:
            yield (
                index,
                lambda record: index.add(NewRow(f"{next(numbers)}.png", record, 8, 8)),
                Outlines(index.connections, Path(folder)),
            )
        finally:
            index.close()


def naive(index: Index, condition: Condition, grouping: Grouping) -> list[tuple[str, Picture]]:
    """All pictures in the order of the outline, each with the key of its group."""
    groups: dict[str, list[Picture]] = {}
    for picture in index.page(None, 10**6, condition):
        groups.setdefault(grouping.key_of(picture), []).append(picture)
    keys = sorted(groups, key=int, reverse=True) if grouping is Grouping.DAY else list(groups)
    return [(key, picture) for key in keys for picture in groups[key]]


def check(outlines: Outlines, outline: Outline, expected: list[tuple[str, Picture]]) -> None:
    """Every row, every group, every page and every place are those of the plain list."""
    assert len(outline) == len(expected)
    assert all(segment.count >= 1 for segment in outline.segments)
    for first in range(len(expected)):
        for count in (1, 4, 100):
            found = outlines.rows(outline, first, count)
            assert found == [picture for _, picture in expected[first : first + count]]
    for row, (_, picture) in enumerate(expected):
        assert outlines.row_of(outline, picture) == row
    told = [group.key for group in outline.groups for _ in range(group.count)]
    assert told == [key for key, _ in expected]
    starts = [told.index(key) for key in dict.fromkeys(told)]
    assert [group.start for group in outline.groups] == starts


@settings(max_examples=60, deadline=None)
@given(
    records=st.lists(pictures, max_size=16),
    condition=st.sampled_from(CONDITIONS),
    grouping=st.sampled_from(Grouping),
)
def test_it_is_the_ordered_list(records: list, condition: Condition, grouping: Grouping) -> None:
    with opened() as (index, add, outlines):
        for record in records:
            add(record)
        outline = outlines.make(condition, grouping)
        assert all(segment.count <= 3 for segment in outline.segments)
        check(outlines, outline, naive(index, condition, grouping))


@settings(max_examples=60, deadline=None)
@given(
    first=st.lists(pictures, max_size=12),
    steps=st.lists(
        st.lists(pictures, min_size=1, max_size=3) | st.lists(st.integers(0, 99), min_size=1),
        max_size=5,
    ),
    condition=st.sampled_from(CONDITIONS[:2]),
    grouping=st.sampled_from(Grouping),
)
def test_it_stays_right_while_pictures_come_and_go(
    first: list, steps: list[list], condition: Condition, grouping: Grouping
) -> None:
    with opened() as (index, add, outlines):
        kept = [add(record) for record in first]
        outline = outlines.make(condition, grouping)
        shown = [picture for _, picture in naive(index, condition, grouping)]
        for step in steps:
            if isinstance(step[0], int):
                chosen = {number % len(kept) for number in step} if kept else set()
                concerned = [kept[number] for number in chosen]
                for picture in concerned:
                    index.remove(picture)
                    kept.remove(picture)
            else:
                concerned = [add(record) for record in step]
                kept += concerned
            outline, changes = outlines.corrected(outline, concerned)
            expected = naive(index, condition, grouping)
            check(outlines, outline, expected)
            if changes is None:
                shown = [picture for _, picture in expected]
            for change in changes or ():
                if change.picture is None:
                    del shown[change.row]
                else:
                    shown.insert(change.row, change.picture)
            assert shown == [picture for _, picture in expected]


def test_single_changes_are_always_told_row_by_row() -> None:
    with opened() as (index, add, outlines):
        record = a_picture().record
        made = [add(replace(record, created=START + timedelta(hours=n))) for n in range(10)]
        outline = outlines.make(EVERYTHING, Grouping.DAY)
        new = add(replace(record, created=START + timedelta(hours=4, minutes=30)))
        outline, changes = outlines.corrected(outline, [new])
        assert changes == [Change(5, new)]
        assert outlines.corrected(outline, [new])[1] == []
        for picture in (made[9], made[0], made[5]):
            index.remove(picture)
        corrected, changes = outlines.corrected(outline, [made[9], made[0], made[5]])
        assert {change.picture for change in changes or ()} == {None}
        shown = [*made[:5], new, *made[5:]][::-1]
        for change in changes or ():
            del shown[change.row]
        assert shown == outlines.rows(corrected, 0, 100) == index.page(None, 100)


def test_what_is_outside_of_the_condition_changes_nothing() -> None:
    with opened() as (index, add, outlines):
        add(a_picture().record)
        outline = outlines.make(Condition("pictures.seed = 99"), Grouping.PROJECT)
        other = add(a_picture().record)
        assert outlines.corrected(outline, [other])[1] == []
        index.remove(other)
        assert outlines.corrected(outline, [other])[1] == []


def test_more_pictures_than_segments_are_worth_are_counted_anew() -> None:
    with opened() as (_, add, outlines):
        outline = outlines.make(EVERYTHING, Grouping.NONE)
        made = [add(a_picture().record) for _ in range(70)]
        corrected, changes = outlines.corrected(outline, made)
        assert changes is None
        assert len(corrected) == 70


def test_a_row_that_is_not_there_has_no_segment() -> None:
    with pytest.raises(IndexError, match="no row 0"):
        Outline(EVERYTHING, Grouping.NONE, ()).segment_of(0)
