"""What the artist thinks of pictures: stars, tags, and the collections they are in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import ClassVar, Final

from psygnal import Signal

from studio.library import Library, Picture
from studio.library.index.marks import Collection
from studio.ui.session.background import Background
from studio.ui.session.messages import Messages, Notice

NEW_COLLECTION: Final = "New collection"


class Marks:
    """Each change is written into the pictures' sidecars, too; the library tells when it is done.

    `stars_applied`: a picture that goes onto a canvas gets a star, unless it has some. One star
    means “used”: more are the artist's to give, and with one it outlives “clear all but
    favourites”.

    Signals:
        collections_changed(): `collections` or `picture_count` is another one.
    """

    collections_changed: ClassVar[Signal] = Signal()

    def __init__(self, library: Library, messages: Messages, background: Background) -> None:
        self.stars_applied = True
        self.collections: tuple[Collection, ...] = ()
        self.picture_count = 0
        self._turn = asyncio.Lock()
        self._is_outdated = False
        self._is_looking = False
        self._library = library
        self._messages = messages
        self._background = background
        library.collections_changed.connect(self.refresh)
        library.recorded.connect(self.refresh)
        library.added.connect(self.refresh)
        library.removed.connect(self.refresh)

    # Stars and tags

    def rate(self, pictures: Sequence[Picture], rating: int) -> None:
        """Give pictures 0 to 5 stars."""
        others = [picture for picture in pictures if picture.rating != rating]
        if others:
            self._start(self._library.rate, others, rating)

    def star_applied(self, picture: Picture | None) -> None:
        """A picture went onto a canvas, into an artwork or into the next generation."""
        if self.stars_applied and picture is not None and not picture.rating:
            self.rate([picture], 1)

    def tag(
        self, pictures: Sequence[Picture], add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> None:
        """Add tags to pictures, and take others off them."""
        if pictures and (add or remove):
            self._start(self._library.tag, pictures, add, remove)

    async def known_tags(self) -> list[str]:
        """All tags that any picture has, the most used first.

        Raises:
            StorageError: the history can't be read.
        """
        return [tag.label for tag in await self._library.complete("tag:", len("tag:"))]

    # Collections

    def refresh(self, _change: object = None) -> None:
        """Look again at which collections there are."""
        self._is_outdated = True
        if not self._is_looking:
            self._is_looking = True
            self._background.start(self._refresh)

    def unused_name(self) -> str:
        """For a collection that the artist hasn't named yet."""
        taken = {collection.name for collection in self.collections}
        names = (f"{NEW_COLLECTION} {number}" for number in count(2))
        return (
            NEW_COLLECTION
            if NEW_COLLECTION not in taken
            else next(name for name in names if name not in taken)
        )

    def create_collection(self, name: str) -> None:
        """Make an empty collection."""
        self.collect(name, ())

    def collect(self, name: str, pictures: Sequence[Picture]) -> None:
        """Put pictures into a collection, which is made if there is none of that name."""
        self._start(self._library.add_to_collection, name, pictures)

    def take_out(self, name: str, pictures: Sequence[Picture]) -> None:
        """Take pictures out of a collection; they stay in the history."""
        self._start(self._library.remove_from_collection, name, pictures)

    def rename_collection(self, name: str, new_name: str) -> None:
        """Call a collection something else."""
        self._start(self._library.rename_collection, name, new_name)

    def delete_collection(self, name: str) -> None:
        """Let go of a collection; its pictures stay in the history, and Undo collects them anew."""
        self._start(self._delete_collection, name)

    def _start(self, work: Callable[..., Awaitable[None]], *arguments: object) -> None:
        self._background.complete(self._in_turn, work, *arguments)

    async def _in_turn(self, work: Callable[..., Awaitable[None]], *arguments: object) -> None:
        """What the artist does comes in the order in which it was done."""
        async with self._turn:
            await work(*arguments)

    async def _delete_collection(self, name: str) -> None:
        pictures = await self._library.delete_collection(name)
        undo = ("Undo", lambda: self.collect(name, pictures))
        self._messages.notice.emit(
            Notice(
                f"The collection “{name}” is gone.",
                "Its pictures are still in the history.",
                is_error=False,
                action=undo,
            )
        )

    async def _refresh(self) -> None:
        try:
            while self._is_outdated:
                self._is_outdated = False
                self.picture_count = await asyncio.to_thread(self._library.count)
                self.collections = tuple(await self._library.collections())
                self.collections_changed.emit()
        finally:
            self._is_looking = False
