"""Pictures of a long list by their rows: read a page at a time when wished for, and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, Signal

from studio.domain.errors import StudioError
from studio.library import Picture
from studio.library.index.outline import SEGMENT_ROWS
from studio.ui.controls.tasks import Tasks

PAGE_LENGTH: Final = 60
MOST_KEPT: Final = 3000
MOST_WANTED: Final = 6
AT_ONCE: Final = 2
REACH: Final = 2 * SEGMENT_ROWS
"""How far below a change rows may have been read wrongly."""


@dataclass(slots=True, eq=False)
class _Loading:
    """A page under way. It is `stale` once what it reads no longer stands in these rows."""

    first: int
    count: int
    stale: bool = False


class Pages(QObject):
    """`get` never waits; `arrived` names the first and the last row of what is here now.

    Args:
        read: gives the pictures of `count` rows from `start` on.
        tell: hears of what can't be read; nothing more is then read until `forget`.
    """

    arrived = Signal(int, int)

    def __init__(
        self,
        read: Callable[[int, int], Awaitable[list[Picture]]],
        tell: Callable[[StudioError], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._read = read
        self._tell = tell
        self._kept: OrderedDict[int, Picture] = OrderedDict()
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._loading: list[_Loading] = []
        # Pages that hold fewer pictures than rows: to ask again would be to ask for ever.
        self._short: set[int] = set()
        # Rows whose pictures may be others by now: shown, and read again.
        self._unsure: set[int] = set()
        self._row_count = 0
        self._failed = False
        self._tasks = Tasks(self)

    def is_busy(self) -> bool:
        """Whether anything is still to arrive."""
        return bool(self._tasks)

    def forget(self, row_count: int, first: Iterable[Picture] = ()) -> None:
        """The list is another one, of so many rows; it begins with the pictures `first`."""
        for page in self._loading:
            page.stale = True
        self._loading.clear()
        self._wanted.clear()
        self._kept.clear()
        self._kept.update(enumerate(first))
        self._short.clear()
        self._unsure.clear()
        self._row_count = row_count
        self._failed = False

    def grow(self, row_count: int) -> None:
        """More rows at the end of the list; all before stays."""
        self._row_count = row_count

    def get(self, row: int) -> Picture | None:
        """The picture if it is here, else None; its page is read if it has to be."""
        picture = self._kept.get(row)
        if picture is not None:
            self._kept.move_to_end(row)
        if picture is None or row in self._unsure:
            self._want(row)
        return picture

    def peek(self, row: int) -> Picture | None:
        """The picture if it is here; nothing is read for it."""
        return self._kept.get(row)

    def row_of(self, picture_id: int) -> int | None:
        """Where a picture stands, if it is here."""
        return next((row for row, kept in self._kept.items() if kept.id == picture_id), None)

    def replace(self, pictures: Iterable[Picture]) -> list[int]:
        """Put newer descriptions of the same pictures in their places; the rows that changed."""
        newer = {picture.id: picture for picture in pictures}
        rows = [row for row, kept in self._kept.items() if kept.id in newer]
        for row in rows:
            self._kept[row] = newer[self._kept[row].id]
        return rows

    def insert(self, row: int, picture: Picture | None) -> None:
        """A row comes before `row`, and all from there on move down."""
        self._kept = OrderedDict(
            (old + 1 if old >= row else old, kept) for old, kept in self._kept.items()
        )
        if picture is not None:
            self._kept[row] = picture
        self._moved(row, 1)

    def remove(self, first: int, count: int) -> None:
        """Rows go, and all below move up."""
        end = first + count
        self._kept = OrderedDict(
            (old - count if old >= end else old, kept)
            for old, kept in self._kept.items()
            if not first <= old < end
        )
        self._moved(first, -count)

    def _want(self, row: int) -> None:
        if not self._failed and not any(
            page.first <= row < page.first + page.count for page in self._loading
        ):
            first = row // PAGE_LENGTH * PAGE_LENGTH
            if first in self._short:
                return
            self._wanted[first] = None
            self._wanted.move_to_end(first)
            # Who scrolls by quickly doesn't wait for everything that went past.
            while len(self._wanted) > MOST_WANTED:
                self._wanted.popitem(last=False)
            self._load_more()

    def _moved(self, row: int, by: int) -> None:
        self._row_count += by
        # What is asked for again is asked for by its new row.
        self._wanted.clear()
        self._short.clear()
        touched = range(row, row + REACH)
        is_on_top = row == 0 and by > 0
        if not is_on_top:
            # The disk knew of the change before: what was read meanwhile may be a row off.
            self._unsure.update(kept for kept in self._kept if kept in touched)
        for page in self._loading:
            if page.first + page.count > row:
                page.stale = True

    def _load_more(self) -> None:
        while self._wanted and len(self._loading) < AT_ONCE:
            first, _ = self._wanted.popitem()
            page = _Loading(first, min(PAGE_LENGTH, self._row_count - first))
            if page.count > 0:
                self._loading.append(page)
                self._tasks.start(self._load(page))

    async def _load(self, page: _Loading) -> None:
        pictures: list[Picture] = []
        try:
            pictures = await self._read(page.first, page.count)
        except StudioError as error:
            self._failed = True
            self._tell(error)
        finally:
            if page in self._loading:
                self._loading.remove(page)
        if not page.stale and not self._failed:
            if len(pictures) < page.count:
                self._short.add(page.first)
            for row, picture in enumerate(pictures, page.first):
                self._kept[row] = picture
                self._kept.move_to_end(row)
            self._unsure.difference_update(range(page.first, page.first + page.count))
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        if pictures:
            self.arrived.emit(page.first, page.first + page.count - 1)
        self._load_more()
