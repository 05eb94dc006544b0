"""Where every row of a search stands, told by a few thousand marks for a million rows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate, groupby
from typing import Final, NamedTuple

from studio.library.index.rows import day_of, microseconds
from studio.library.picture import Picture
from studio.library.query.condition import Condition

SEGMENT_ROWS: Final = 500
"""No segment is longer: as far as anyone must look from a mark to a row."""


class Grouping(StrEnum):
    """Under which headings pictures stand; newest first below each."""

    NONE = "none"
    DAY = "day"
    BATCH = "batch"
    PROJECT = "project"

    @property
    def column(self) -> str:
        """What a group's pictures have in common, in SQL."""
        return "''" if self is Grouping.NONE else f"pictures.{self}"

    def key_of(self, picture: Picture) -> str:
        """Of the group that a picture belongs to."""
        match self:
            case Grouping.DAY:
                return str(day_of(picture.created))
            case Grouping.BATCH:
                return picture.record.batch
            case Grouping.PROJECT:
                return picture.record.project
            case Grouping.NONE:
                return ""


class Place(NamedTuple):
    """A picture's place among others: the larger, the newer."""

    created_us: int
    id: int

    @classmethod
    def of(cls, picture: Picture) -> Place:
        return cls(microseconds(picture.created), picture.id)


@dataclass(frozen=True, slots=True)
class Segment:
    """Some rows of one group, one after the other. `first` is the place of the first or above."""

    key: str
    first: Place
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    """All rows of one heading. `key` is the day as yyyymmdd, the batch or the project."""

    key: str
    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Change:
    """A picture came to this row; or, where it is None, that of this row went."""

    row: int
    picture: Picture | None = None


class Outline:
    """The rows 0, 1, 2… of the pictures of which `condition` is true, newest first in each group.

    Days stand in their order, the newest first; other groups in that of their newest pictures.
    It never changes: `Library.corrected` makes another one. Any thread may read it.
    """

    def __init__(
        self, condition: Condition, grouping: Grouping, segments: Iterable[Segment]
    ) -> None:
        self.condition = condition
        self.grouping = grouping
        self._segments = tuple(ordered(segments, grouping))
        self._starts = [0, *accumulate(segment.count for segment in self._segments)]
        self._groups, self._numbers = _groups(self._segments)

    def __len__(self) -> int:
        return self._starts[-1]

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The marks, in the order of the rows."""
        return self._segments

    @property
    def groups(self) -> tuple[Group, ...]:
        """The headings, in the order of the rows."""
        return self._groups

    def start_of(self, number: int) -> int:
        """The row that segment `number` begins with; of the one after the last, the row count."""
        return self._starts[number]

    def segment_of(self, row: int) -> int:
        """The number of the segment that a row is in."""
        if not 0 <= row < len(self):
            raise IndexError(f"no row {row} among {len(self)}")
        return bisect_right(self._starts, row) - 1

    def numbers_of(self, key: str) -> range:
        """The numbers of a group's segments."""
        return self._numbers.get(key, range(0))

    def position_of(self, key: str) -> int | None:
        """Which of the groups that of `key` is; None if it has no rows."""
        keys = (number for number, group in enumerate(self._groups) if group.key == key)
        return next(keys, None)


def _groups(segments: Sequence[Segment]) -> tuple[tuple[Group, ...], dict[str, range]]:
    """The groups, and the numbers of the segments of each."""
    groups, numbers, row, number = [], {}, 0, 0
    for key, members in groupby(segments, lambda segment: segment.key):
        counts = [segment.count for segment in members]
        groups.append(Group(key, row, sum(counts)))
        numbers[key] = range(number, number + len(counts))
        row, number = row + sum(counts), number + len(counts)
    return tuple(groups), numbers


def ordered(segments: Iterable[Segment], grouping: Grouping) -> list[Segment]:
    """The segments with their groups in order; those of each group stay as they are."""
    groups: dict[str, list[Segment]] = {}
    for segment in segments:
        groups.setdefault(segment.key, []).append(segment)
    if grouping is Grouping.DAY:
        keys = sorted(groups, key=int, reverse=True)
    else:
        keys = sorted(groups, key=lambda key: groups[key][0].first, reverse=True)
    return [segment for key in keys for segment in groups[key]]
