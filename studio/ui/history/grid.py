"""Where the pictures of a gallery stand: lines of equal cells under headings, of any length.

Nothing here grows with the number of pictures but one entry for each group, so a million pictures
are laid out as fast as a hundred.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QRect

HEADING_PX: Final = 30


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that stand under one heading: `count` of them from row `start` on."""

    start: int
    count: int


class Grid:
    """Rows 0, 1, 2… in groups, one after the other. All places are in px of the whole content.

    Args:
        counts: how many rows each group has, none of them 0.
        room_px: the width that the columns fill.
        wish_px: the least width of a column, unless the room is less.
        has_headings: whether room is left above each group.
    """

    def __init__(
        self, counts: Sequence[int], room_px: int, wish_px: int, *, has_headings: bool
    ) -> None:
        self.columns = max(1, room_px // max(1, wish_px))
        self.cell_px = max(1, room_px // self.columns)
        self.heading_px = HEADING_PX if has_headings else 0
        # Their sum may exceed 32 bits long before the rows do.
        sizes = np.asarray(counts, np.int64)
        lines = -(-sizes // self.columns)
        heights = lines * self.cell_px + self.heading_px
        self._starts = np.concatenate([[0], np.cumsum(sizes)])
        self._tops = np.concatenate([[0], np.cumsum(heights)])

    @property
    def row_count(self) -> int:
        return int(self._starts[-1])

    @property
    def group_count(self) -> int:
        return len(self._starts) - 1

    @property
    def height_px(self) -> int:
        return int(self._tops[-1])

    def group(self, number: int) -> Group:
        start = int(self._starts[number])
        return Group(start, int(self._starts[number + 1]) - start)

    def group_of(self, row: int) -> int:
        """The number of the group in which a row stands."""
        return int(np.searchsorted(self._starts, row, side="right")) - 1

    def group_at(self, y: int) -> int:
        """The number of the group that covers a height; the nearest one above or below all."""
        found = int(np.searchsorted(self._tops, y, side="right")) - 1
        return min(max(found, 0), self.group_count - 1)

    def span(self, number: int) -> tuple[int, int]:
        """Where a group, with its heading, begins and where the next one does."""
        return int(self._tops[number]), int(self._tops[number + 1])

    def cell(self, row: int) -> QRect:
        """A row's cell."""
        number = self.group_of(row)
        line, column = divmod(row - int(self._starts[number]), self.columns)
        top = int(self._tops[number]) + self.heading_px + line * self.cell_px
        return QRect(column * self.cell_px, top, self.cell_px, self.cell_px)

    def row_at(self, x: int, y: int) -> int | None:
        """The row whose cell covers a place."""
        column = x // self.cell_px
        if not (0 <= y < self.height_px and 0 <= column < self.columns):
            return None
        number = self.group_at(y)
        below = y - int(self._tops[number]) - self.heading_px
        place = below // self.cell_px * self.columns + column
        group = self.group(number)
        return group.start + place if below >= 0 and place < group.count else None

    def rows_between(self, top: int, bottom: int) -> range:
        """All rows whose cells touch the heights from `top` up to, not including, `bottom`."""
        if not self.row_count or bottom <= top or bottom <= 0 or top >= self.height_px:
            return range(0)
        return range(self._first_below(top), self._first_below(bottom - 1, line_after=True))

    def groups_between(self, top: int, bottom: int) -> range:
        """The numbers of the groups that touch these heights."""
        if not self.row_count or bottom <= top:
            return range(0)
        return range(self.group_at(top), self.group_at(bottom - 1) + 1)

    def rows_in(self, area: QRect) -> Iterator[tuple[int, int]]:
        """The rows whose cells touch an area, as first and last of each run."""
        left = max(0, area.left() // self.cell_px)
        right = min(self.columns - 1, area.right() // self.cell_px)
        if left > right or area.isEmpty():
            return
        for number in self.groups_between(area.top(), area.bottom() + 1):
            group = self.group(number)
            top = int(self._tops[number]) + self.heading_px
            first = max(0, (area.top() - top) // self.cell_px)
            last = min((group.count - 1) // self.columns, (area.bottom() - top) // self.cell_px)
            if left == 0 and right == self.columns - 1 and first <= last:
                end = min(group.count, (last + 1) * self.columns)
                yield group.start + first * self.columns, group.start + end - 1
                continue
            for line in range(first, last + 1):
                begin = line * self.columns + left
                end = min(line * self.columns + right, group.count - 1)
                if begin <= end:
                    yield group.start + begin, group.start + end

    def beside(self, row: int, lines: int) -> int:
        """The row that stands `lines` lines below (above if negative), in the same column or the
        nearest one there is; the first or last line at the ends."""
        number = self.group_of(row)
        line, column = divmod(row - int(self._starts[number]), self.columns)
        while True:
            group = self.group(number)
            last_line = (group.count - 1) // self.columns
            line += lines
            if 0 <= line <= last_line:
                return group.start + min(line * self.columns + column, group.count - 1)
            if line < 0:
                if number == 0:
                    return min(column, group.count - 1)
                number -= 1
                lines, line = line, (self.group(number).count - 1) // self.columns + 1
            else:
                if number == self.group_count - 1:
                    return group.start + min(last_line * self.columns + column, group.count - 1)
                number += 1
                lines, line = line - last_line, -1

    def _first_below(self, y: int, *, line_after: bool = False) -> int:
        """The first row of the line that covers a height, or of the next one."""
        number = self.group_at(y)
        group = self.group(number)
        line = (y - int(self._tops[number]) - self.heading_px) // self.cell_px
        line = max(0, line + 1 if line_after else line)
        return group.start + min(group.count, line * self.columns)
