"""What can be done with pictures that are there: stars, tags, collections, the trash and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from studio.library.files.wastebasket import Deleted, Trash, Trashed
from studio.library.index.marks import Collection
from studio.library.library_work import LibraryWork
from studio.library.picture import Picture
from studio.library.query import EVERYTHING, Condition
from studio.library.store import Store
from studio.library.thumbnails import Thumbnails

_DELETED_AT_ONCE: Final = 100


class Marking(LibraryWork):
    """The part of the library that changes what is said of pictures, and lets them go.

    `trash` is called on a worker thread.
    """

    def __init__(self, store: Store, trash: Trash, thumbnails: Thumbnails) -> None:
        super().__init__(store)
        self.trash = trash
        self._thumbnails = thumbnails

    async def delete(self, pictures: Sequence[Picture]) -> Deleted:
        """Move pictures, their steps and sidecars to the trash, then announce those that went.

        Raises:
            StorageError: the trash refused one; those before it are gone, it and the rest stay.
        """

        async def work() -> Deleted:
            gone: list[Trashed] = []
            try:
                for picture in pictures:
                    gone.append(await asyncio.to_thread(self.store.delete, picture, self.trash))
                    await asyncio.to_thread(self._thumbnails.forget, picture)
            finally:
                if gone:
                    self.removed.emit([one.picture for one in gone])
            return Deleted(tuple(gone))

        return await self._finish(work())

    async def delete_all_but(self, kept: Condition, among: Condition = EVERYTHING) -> Deleted:
        """Move all pictures to the trash of which `among` is true and `kept` is false.

        `count_all_but` says how many those are.

        Raises:
            StorageError: as `delete`.
        """
        doomed = _all_but(kept, among)
        trashed: list[Trashed] = []
        while pictures := await asyncio.to_thread(self.store.page, None, _DELETED_AT_ONCE, doomed):
            trashed += (await self.delete(pictures)).trashed
        return Deleted(tuple(trashed))

    def count_all_but(self, kept: Condition, among: Condition = EVERYTHING) -> int:
        """How many pictures `delete_all_but` would move to the trash."""
        return self.store.count(_all_but(kept, among))

    async def restore(self, deleted: Deleted) -> list[Picture]:
        """Undo a deletion: pictures, steps, stars, tags and collections are as they were.

        Raises:
            StorageError: one isn't in the trash any more; those before it are back.
        """

        async def work() -> list[Picture]:
            back: list[Picture] = []
            for trashed in deleted.trashed:
                back.append(await asyncio.to_thread(self.store.restore, trashed))
                self.recorded.emit(back[-1])
            await asyncio.to_thread(self.store.save_marks)
            return back

        return await self._finish(work())

    async def rate(self, pictures: Sequence[Picture], rating: int) -> None:
        """Give pictures 0 to 5 stars, announce it, then write it into their sidecars.

        Raises:
            StorageError: the disk refused. What is in the history already is written next time.
        """
        await self._mark(pictures, lambda: self.store.marks.rate(pictures, rating))

    async def tag(
        self, pictures: Sequence[Picture], add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> None:
        """Add tags to pictures and take others away; otherwise as `rate`."""
        added, removed = tuple(add), tuple(remove)
        await self._mark(pictures, lambda: self.store.marks.tag(pictures, added, removed))

    async def collections(self) -> list[Collection]:
        """All collections with the number of their pictures, by name."""
        return await asyncio.to_thread(self.store.marks.collections)

    async def add_to_collection(self, name: str, pictures: Sequence[Picture]) -> None:
        """Put pictures into a collection, made if there is none of that name; as `rate`."""
        await self._mark(pictures, lambda: self.store.marks.collect(name, pictures))
        self.collections_changed.emit()

    async def remove_from_collection(self, name: str, pictures: Sequence[Picture]) -> None:
        """Take pictures out of a collection; otherwise as `rate`."""
        await self._mark(pictures, lambda: self.store.marks.discard(name, pictures))
        self.collections_changed.emit()

    async def rename_collection(self, name: str, new_name: str) -> None:
        """Call a collection something else; one of the new name takes its pictures in."""
        await self._mark((), lambda: self.store.marks.rename_collection(name, new_name))
        self.collections_changed.emit()

    async def delete_collection(self, name: str) -> list[Picture]:
        """Forget a collection; the pictures that were in it stay."""
        members = await asyncio.to_thread(self.store.members, name)
        await self._mark((), lambda: self.store.marks.remove_collection(name))
        self.collections_changed.emit()
        return members

    async def _mark(self, pictures: Sequence[Picture], change: Callable[[], None]) -> None:
        """Change what is said of pictures, announce it, then write it beside their files."""

        async def work() -> None:
            await asyncio.to_thread(change)
            if pictures:
                ids = [picture.id for picture in pictures]
                self.changed.emit(await asyncio.to_thread(self.store.pictures, ids))
            await asyncio.to_thread(self.store.save_marks)

        await self._finish(work())


def _all_but(kept: Condition, among: Condition) -> Condition:
    sql = f"({among.sql}) AND NOT ({kept.sql})"
    return Condition(sql, (*among.values, *kept.values))
