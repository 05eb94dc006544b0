"""Making an outline of the history, reading its rows, keeping it up to date."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Sequence
from itertools import compress
from pathlib import Path
from typing import Final, NamedTuple

from studio.library.index import rows
from studio.library.index.connections import READERS, Connections
from studio.library.index.outline import SEGMENT_ROWS, Change, Grouping, Outline, Place, Segment
from studio.library.picture import Picture
from studio.library.query.condition import Condition

_PLACE: Final = "(pictures.created_us, pictures.id)"
# To look at every row again takes less time than at as many segments.
_MANY: Final = 64
_FEW_SEGMENTS: Final = 8
_NEWEST_FIRST: Final = "ORDER BY pictures.created_us DESC, pictures.id DESC"
_ONE_ORDER: Final = {
    Grouping.NONE: _NEWEST_FIRST,
    Grouping.DAY: "ORDER BY pictures.day DESC, pictures.created_us DESC, pictures.id DESC",
}
"""Groupings whose groups follow one another in an order that SQL can tell."""


class Outlines:
    """Reads the rows of one history. Blocking; safe to use from any thread. Every method may raise
    StorageError."""

    def __init__(self, connections: Connections, pictures: Path) -> None:
        self._connections = connections
        self._pictures = pictures
        # So that somebody who scrolls always finds a connection free.
        self._few = threading.Semaphore(READERS - 1)

    def make(self, condition: Condition, grouping: Grouping) -> Outline:
        """Look through all rows once, inside SQLite; only the marks come out."""
        with self._few:
            segments = self._segments(condition, grouping, _Part())
        return Outline(condition, grouping, segments)

    def rows(self, outline: Outline, start: int, count: int) -> list[Picture]:
        """Up to `count` pictures from row `start` on, in time that doesn't depend on `start`."""
        found: list[Picture] = []
        end = min(start + count, len(outline))
        while start < end:
            number = outline.segment_of(start)
            is_sparse = outline.segment_of(end - 1) - number > _FEW_SEGMENTS
            if is_sparse and outline.grouping in _ONE_ORDER:
                # What is searched for is looked up once, not once for each of many days.
                stop, part, order = end, _from(outline, number), _ONE_ORDER[outline.grouping]
            else:
                stop = min(end, outline.start_of(number + 1))
                part, order = _part(outline, number), _NEWEST_FIRST
            chosen = self._connections.rows(
                f"{rows.SELECT} WHERE {_where(outline.condition, part)} {order} LIMIT ? OFFSET ?",
                (
                    *(*outline.condition.values, *part.values),
                    *(stop - start, start - outline.start_of(number)),
                ),
            )
            found += rows.pictures_of(chosen, self._pictures)
            start = stop
        return found

    def row_of(self, outline: Outline, picture: Picture) -> int | None:
        """The row in which a picture stands; None if it isn't among them."""
        number = _number(outline, picture)
        if number is None:
            return None
        places, place = self._places(outline, _part(outline, number)), Place.of(picture)
        return outline.start_of(number) + places.index(place) if place in places else None

    def corrected(
        self, outline: Outline, pictures: Sequence[Picture]
    ) -> tuple[Outline, list[Change] | None]:
        """The outline after these pictures came, went or changed, and what that did to the rows.

        The changes are in the order in which they are to be made; None where nobody can tell. Only
        the segments in which the pictures stand are looked at.
        """
        if len(pictures) > _MANY:
            return self.make(outline.condition, outline.grouping), None
        changes: list[Change] | None = []
        waiting = list(pictures)
        while waiting:
            key, number = outline.grouping.key_of(waiting[0]), _number(outline, waiting[0])
            is_here = [
                outline.grouping.key_of(picture) == key and _number(outline, picture) == number
                for picture in waiting
            ]
            here = list(compress(waiting, is_here))
            waiting = [
                picture for picture, here_ in zip(waiting, is_here, strict=True) if not here_
            ]
            outline, made = self._corrected_in(outline, key, number, here)
            changes = None if changes is None or made is None else changes + made
        return outline, changes

    def _corrected_in(
        self, outline: Outline, key: str, number: int | None, pictures: Sequence[Picture]
    ) -> tuple[Outline, list[Change] | None]:
        """As `corrected`, of pictures that stand in one segment, or in a group that has none."""
        if number is None:
            old, part = range(0), _Part(f"{outline.grouping.column} = ?", (key,))
        else:
            old, part = range(number, number + 1), _part(outline, number, is_open=True)
        new = self._segments(outline.condition, outline.grouping, part)
        kept = outline.segments
        segments = (*kept[: old.start], *new, *kept[old.stop :])
        after = Outline(outline.condition, outline.grouping, segments)
        was_at, is_at = outline.position_of(key), after.position_of(key)
        if was_at is not None and is_at is not None and was_at != is_at:
            return after, None  # the whole group moves
        if number is not None:
            start = outline.start_of(number)
        elif is_at is not None:
            start = after.groups[is_at].start
        else:
            return after, []
        count = sum(segment.count for segment in kept[old.start : old.stop])
        places = self._places(outline, part)
        return after, _changes(start, len(places) - count, places, pictures)

    def _places(self, outline: Outline, part: _Part) -> list[Place]:
        """Of the pictures of a part, which is one segment or little more."""
        found = self._connections.rows(
            "SELECT pictures.created_us, pictures.id FROM pictures"  # noqa: S608
            f" WHERE {_where(outline.condition, part)} {_NEWEST_FIRST}",
            (*outline.condition.values, *part.values),
        )
        return [Place(*place) for place in found]

    def _segments(self, condition: Condition, grouping: Grouping, part: _Part) -> list[Segment]:
        column = grouping.column
        partition = "" if grouping is Grouping.NONE else f"PARTITION BY {column}"
        found = self._connections.rows(
            "SELECT key, created_us, id, min(number), count(*) FROM ("  # noqa: S608
            f"SELECT {column} AS key, pictures.created_us, pictures.id,"
            f" row_number() OVER ({partition} {_NEWEST_FIRST}) AS number FROM pictures"
            f" WHERE {_where(condition, part)}) GROUP BY key, (number - 1) / {SEGMENT_ROWS}",
            (*condition.values, *part.values),
        )
        return [Segment(str(key), Place(us, id_), count) for key, us, id_, _, count in found]


class _Part(NamedTuple):
    """Some of an outline's rows, in SQL."""

    sql: str = "1"
    values: tuple[str | int, ...] = ()


def _where(condition: Condition, part: _Part) -> str:
    return f"pictures.present AND ({condition.sql}) AND {part.sql}"


def _from(outline: Outline, number: int) -> _Part:
    """The rows of a segment and all after it, where the groups are in one order."""
    segment = outline.segments[number]
    if outline.grouping is Grouping.NONE:
        return _Part(f"{_PLACE} <= (?, ?)", tuple(segment.first))
    place = "(pictures.day, pictures.created_us, pictures.id)"
    # As a number: in a comparison of rows a text isn't converted.
    return _Part(f"{place} <= (?, ?, ?)", (int(segment.key), *segment.first))


def _part(outline: Outline, number: int, *, is_open: bool = False) -> _Part:
    """The rows of a segment; if it `is_open` and its group's first, with all that came above it."""
    segment = outline.segments[number]
    numbers = outline.numbers_of(segment.key)
    part = _Part(f"{outline.grouping.column} = ?", (segment.key,))
    if not (is_open and number == numbers[0]):
        part = _Part(f"{part.sql} AND {_PLACE} <= (?, ?)", (*part.values, *segment.first))
    if number != numbers[-1]:
        below = outline.segments[number + 1].first
        part = _Part(f"{part.sql} AND {_PLACE} > (?, ?)", (*part.values, *below))
    return part


def _number(outline: Outline, picture: Picture) -> int | None:
    """Of the segment that a picture belongs into; None if its group has none."""
    numbers = outline.numbers_of(outline.grouping.key_of(picture))
    if not numbers:
        return None
    segments, place = outline.segments, Place.of(picture)
    above = bisect_right(numbers, _downward(place), key=lambda n: _downward(segments[n].first))
    return numbers[max(0, above - 1)]


def _downward(place: Place) -> tuple[int, int]:
    return -place.created_us, -place.id


def _changes(
    start: int, growth: int, places: Sequence[Place], pictures: Sequence[Picture]
) -> list[Change] | None:
    """What happened to rows from `start` on that now are at `places` and `growth` more than before,
    if all of it is about `pictures`."""
    rank = {place: row for row, place in enumerate(places, start)}
    here = sorted((p for p in pictures if Place.of(p) in rank), key=Place.of, reverse=True)
    gone = sorted((Place.of(p) for p in pictures if Place.of(p) not in rank), reverse=True)
    if growth == len(here):
        return [Change(rank[Place.of(picture)], picture) for picture in here]
    if growth == -len(gone):
        # From the last one on: those above it are still there.
        return [
            Change(start + sum(place > lost for place in places) + above)
            for above, lost in reversed(list(enumerate(gone)))
        ]
    return [] if growth == 0 and not (here and gone) else None
