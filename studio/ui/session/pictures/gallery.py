"""Which pictures the history shows: all, or those that are searched for, in groups."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar, Final

from psygnal import Signal, SignalInstance

from studio.library import Library, Picture
from studio.library.index.outline import Change, Group, Grouping, Outline
from studio.library.query import parse
from studio.ui.session.background import Background

FIRST_COUNT: Final = 120
"""As many as a large window shows at once."""
_TYPING_S: Final = 0.15


class Gallery:
    """Rows 0, 1, 2… of pictures, newest first. The first of them are there at once; how many there
    are, and in which groups, is known a moment later: then it `is_complete`.

    Signals, each after the change:
        asked(): `text`, `grouping` or `listed` is another one; the answer follows.
        replaced(): the rows are others now.
        completed(): more rows follow those that were there.
        moved(list[Change]): rows came and went, in this order.
        described(list[Picture]): something about these is new, such as their stars.

    `version` is another one after each change of the rows. `listed` says what the pictures are
    that somebody chose by other means than a search; "" while it is a search.
    """

    asked: ClassVar[Signal] = Signal()
    replaced: ClassVar[Signal] = Signal()
    completed: ClassVar[Signal] = Signal()
    moved: ClassVar[Signal] = Signal(list)
    described: ClassVar[Signal] = Signal(list)

    def __init__(self, library: Library, background: Background) -> None:
        self.text = ""
        self.listed = ""
        self.grouping = Grouping.DAY
        self.first: list[Picture] = []
        self.groups: Sequence[Group] = ()
        self.version = 0
        self._library = library
        self._background = background
        self._condition = parse("").condition()
        self._outline: Outline | None = None
        self._asked = 0
        self._answering = 0
        self._news: list[Picture] = []
        self._is_correcting = False
        library.recorded.connect(self._on_recorded)
        library.added.connect(self._on_news)
        library.removed.connect(self._on_removed)
        library.changed.connect(self._on_changed)

    @property
    def is_complete(self) -> bool:
        """Whether all rows are known, not only the first."""
        return self._outline is not None or bool(self.listed)

    @property
    def count(self) -> int:
        """How many rows there are, as far as is known."""
        return len(self.first) if self._outline is None else len(self._outline)

    @property
    def is_filtered(self) -> bool:
        """Whether only some pictures are wanted."""
        return bool(self.text.strip() or self.listed)

    # What the artist does

    def open(self) -> None:
        """Begin to show, if it hasn't begun."""
        if not self._asked:
            self._ask()

    def search(self, text: str) -> None:
        """Show what this search finds; "" is everything."""
        if text != self.text or self.listed:
            self.text, self.listed = text, ""
            self._condition = parse(text).condition()
            self._ask()

    def group(self, grouping: Grouping) -> None:
        """Put what is shown into other groups."""
        if grouping is not self.grouping:
            self.grouping, self.listed = grouping, ""
            if self._asked:
                self._ask()

    def show_list(self, title: str, pictures: Sequence[Picture]) -> None:
        """Show these pictures in their order, under one heading, until something is searched."""
        self._asked += 1
        self.text, self.listed = "", title
        self.asked.emit()
        self.first, self._outline = list(pictures), None
        self.groups = [Group(title, 0, len(pictures))] if pictures else []
        self._announce(self.replaced)

    # What a view asks

    async def read(self, start: int, count: int) -> list[Picture]:
        """The pictures of `count` rows from `start` on, fewer where some can't be read.

        Raises:
            StorageError: the history can't be read.
        """
        if self._outline is None:
            return self.first[start : start + count]
        return await self._library.rows(self._outline, start, count)

    # The answer

    def _ask(self) -> None:
        self._asked += 1
        self.asked.emit()
        self._background.start(self._answer, self._asked)

    async def _answer(self, number: int) -> None:
        self._answering += 1
        try:
            await self._find(number)
        finally:
            self._answering -= 1

    async def _find(self, number: int) -> None:
        self._news.clear()
        first: list[Picture] = []
        if self.grouping in (Grouping.NONE, Grouping.DAY):
            first = await self._library.page(None, FIRST_COUNT, self._condition)
            if number != self._asked:
                return  # something else was asked since
            self._show_first(first)
            if self.is_filtered and len(first) == FIRST_COUNT:
                # Who still types shouldn't wait for the counting of what was typed before.
                await asyncio.sleep(_TYPING_S)
                if number != self._asked:
                    return
        outline = await self._library.outline(self._condition, self.grouping)
        if number == self._asked:
            self._show_all(outline, first)

    def _show_first(self, first: list[Picture]) -> None:
        self.first, self._outline = first, None
        self.groups = _groups_of(first, self.grouping)
        self._announce(self.replaced)

    def _show_all(self, outline: Outline, first: list[Picture]) -> None:
        goes_on = self._outline is None and first is self.first and first and not self._news
        self._outline, self.groups = outline, outline.groups
        if goes_on:
            self._announce(self.completed)
        else:
            self.first = []
            self._announce(self.replaced)
        if self._news:
            self._on_news([])

    def _announce(self, signal: SignalInstance, *values: object) -> None:
        self.version += 1
        signal.emit(*values)

    # What comes and goes

    def _on_recorded(self, picture: Picture) -> None:
        self._on_news([picture])

    def _on_removed(self, pictures: list[Picture]) -> None:
        gone = {picture.id for picture in pictures}
        if self.listed and any(picture.id in gone for picture in self.first):
            self.show_list(self.listed, [each for each in self.first if each.id not in gone])
        self._on_news(pictures)

    def _on_changed(self, pictures: list[Picture]) -> None:
        self.described.emit(pictures)
        self._on_news(pictures)

    def _on_news(self, pictures: list[Picture]) -> None:
        if self.listed:
            return
        self._news += pictures
        if self._outline is None and self._asked and not self._answering:
            self._ask()  # what was asked couldn't be answered; perhaps it can now
        if self._outline is not None and not self._is_correcting:
            self._is_correcting = True
            self._background.start(self._correct)

    async def _correct(self) -> None:
        """Bring the rows into agreement with the library, as often as there are news."""
        try:
            while self._news and (outline := self._outline) is not None:
                news, self._news = self._news, []
                after, changes = await self._library.corrected(outline, news)
                if outline is self._outline:
                    self._take_over(after, changes)
        finally:
            self._is_correcting = False

    def _take_over(self, outline: Outline, changes: list[Change] | None) -> None:
        self._outline, self.groups = outline, outline.groups
        if changes is None:
            self.first = []
            self._announce(self.replaced)
        elif changes:
            self._announce(self.moved, changes)


def _groups_of(first: Sequence[Picture], grouping: Grouping) -> list[Group]:
    """The groups of the first rows, as far as they go."""
    groups, start = [], 0
    for key, members in groupby(first, grouping.key_of):
        count = len(list(members))
        groups.append(Group(key, start, count))
        start += count
    return groups
