"""The shelf of styles, and which of them are chosen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from psygnal import Signal

from studio.domain.errors import RequestError
from studio.domain.events import Pixels
from studio.domain.stylize import MAX_STYLES
from studio.library import read_picture, safe_name
from studio.library.style_shelf import StyleEntry, StyleShelf
from studio.ui.session.background import Background
from studio.ui.session.messages import Messages
from studio.ui.session.painting.editing import Editing
from studio.ui.session.styling.restyling import Restyling
from studio.ui.session.styling.style_orders import StyleChoice

_NAME_CHARS: Final = 40


class Styles:
    """What stands on the shelf, and what is taken from it for the one or the other side of a mask.

    `entries` are all styles: the artist's own, those that come with the studio, then the painted
    ones. While `has_outside`, the other side of the mask takes on styles of its own, and
    `is_outside` says which side is being chosen for.

    Signals:
        shelf_changed(): another style is there, or has another name, or is gone.
        side_changed(): `has_outside` or `is_outside`.
    """

    shelf_changed: ClassVar[Signal] = Signal()
    side_changed: ClassVar[Signal] = Signal()

    def __init__(
        self,
        shelf: StyleShelf,
        trash: Callable[[Path], object],
        restyling: Restyling,
        editing: Editing,
        messages: Messages,
        background: Background,
    ) -> None:
        self.entries: tuple[StyleEntry, ...] = ()
        self.has_outside = False
        self.is_outside = False
        self._shelf = shelf
        self._trash = trash
        self._restyling = restyling
        self._editing = editing
        self._messages = messages
        self._background = background

    @property
    def chosen(self) -> tuple[StyleChoice, ...]:
        """The styles of the side that is being chosen for."""
        return self._restyling.outside if self.is_outside else self._restyling.styles

    # The picture

    def open_content(self, source: Path | Pixels, name: str) -> None:
        """Open a picture as an artwork, and try out on it what is chosen."""
        self._background.start(self._open, source, name)

    # The shelf

    def read(self) -> None:
        """Look what stands on the shelf."""
        self.entries = (*self._shelf.pictures(), *self._shelf.painted())
        self.shelf_changed.emit()

    def add(self, source: Path | Pixels, name: str) -> None:
        """Put a picture on the shelf and choose it."""
        self._background.start(self._add, source, safe_name(name)[:_NAME_CHARS])

    def rename(self, entry: StyleEntry, name: str) -> None:
        """Give one of the artist's own styles another name."""
        self._background.start(self._rename, entry, name)

    def remove(self, entry: StyleEntry) -> None:
        """Move one of the artist's own styles to the trash."""
        self._background.start(self._remove, entry)

    # What is chosen

    def choose(self, entry: StyleEntry) -> None:
        """Take on this style and no other."""
        self._put((StyleChoice(entry),))

    def blend(self, entry: StyleEntry) -> None:
        """Add a style to those that are chosen, or take it out again."""
        chosen = self.chosen
        others = tuple(choice for choice in chosen if choice.entry != entry)
        if len(others) < len(chosen):
            self._put(others)
        elif len(chosen) == MAX_STYLES:
            self._tell(f"At most {MAX_STYLES} styles can be blended.", "Take one out first.")
        elif any(bool(choice.entry.painted) != bool(entry.painted) for choice in chosen):
            self._tell(
                "Painted styles and style pictures can't be blended with each other.",
                "Blend styles of one kind.",
            )
        else:
            self._put((*chosen, StyleChoice(entry)))

    def change(
        self, index: int, *, weight: float | None = None, scale: float | None = None
    ) -> None:
        """Give a chosen style another weight or scale."""
        choice = self.chosen[index]
        changed = replace(
            choice,
            weight=choice.weight if weight is None else weight,
            scale=choice.scale if scale is None else scale,
        )
        self._put((*self.chosen[:index], changed, *self.chosen[index + 1 :]))

    def set_has_outside(self, has_outside: bool) -> None:
        """Whether the other side of the mask takes on styles of its own; if so, they are chosen
        next."""
        if has_outside != self.has_outside:
            self.has_outside = self.is_outside = has_outside
            if not has_outside:
                self._restyling.set_styles(self._restyling.styles)
            self.side_changed.emit()

    def choose_for(self, *, outside: bool) -> None:
        """Say which side of the mask to choose for."""
        if outside != self.is_outside:
            self.is_outside = outside
            self.side_changed.emit()

    def _put(self, chosen: tuple[StyleChoice, ...]) -> None:
        if self.is_outside:
            self._restyling.set_styles(self._restyling.styles, chosen)
        else:
            self._restyling.set_styles(chosen, self._restyling.outside)

    def _replace(self, entry: StyleEntry, now: StyleEntry | None) -> None:
        """Put another entry into the place of one that is chosen, or nothing."""
        sides = (self._restyling.styles, self._restyling.outside)
        styles, outside = (
            tuple(
                replace(choice, entry=now) if choice.entry == entry and now else choice
                for choice in side
                if now or choice.entry != entry
            )
            for side in sides
        )
        self._restyling.set_styles(styles, outside)

    def _tell(self, sentence: str, remedy: str) -> None:
        self._messages.tell(RequestError(sentence, remedy))

    # At work

    async def _open(self, source: Path | Pixels, name: str) -> None:
        if isinstance(source, Path):
            source = await asyncio.to_thread(partial(read_picture, source, keep_alpha=True))
        self._editing.open_pixels(source, name)
        self._restyling.try_out()

    async def _add(self, source: Path | Pixels, name: str) -> None:
        entry = await asyncio.to_thread(self._shelf.add, source, name)
        self.read()
        self.choose(entry)

    async def _rename(self, entry: StyleEntry, name: str) -> None:
        renamed = await asyncio.to_thread(self._shelf.rename, entry, name)
        self.read()
        self._replace(entry, renamed)

    async def _remove(self, entry: StyleEntry) -> None:
        await asyncio.to_thread(self._shelf.remove, entry, self._trash)
        self.read()
        self._replace(entry, None)
