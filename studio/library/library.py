"""The history as the window sees it: asynchronous, announcing what came and what went."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from psygnal import Signal

from studio.domain.errors import PictureError, StudioError
from studio.domain.events import Pixels, StepSnapshot
from studio.domain.request import PictureRef, Request
from studio.library.disk import Disk
from studio.library.housekeeping import Housekeeping
from studio.library.import_into import import_into
from studio.library.importing import ImportReport, find_pictures
from studio.library.inputs import Inputs
from studio.library.marks import Collection
from studio.library.outline import Change, Grouping, Outline
from studio.library.picture import Parent, ParentRole, Picture
from studio.library.query import EVERYTHING, Completion, Condition
from studio.library.store import Store
from studio.library.style_shelf import StyleShelf
from studio.library.thumbnails import Thumbnails
from studio.library.wastebasket import Deleted, Trash, Trashed

log = logging.getLogger(__name__)

_THUMBNAILS_AT_ONCE: Final = 4
_DELETED_AT_ONCE: Final = 100
_T = TypeVar("_T")


class Library:
    """Everything that was made, newest first. Made by `Library.open`, ended by `close`.

    Asynchronous methods belong to the loop's thread and do their work elsewhere; signals are
    emitted on the loop's thread. The other methods block shortly and may be called from any
    thread.
    """

    recorded = Signal(Picture)
    """A picture is finished: it is on the disk."""
    added = Signal(list)
    """These pictures (list[Picture]) were found on the disk, or imported."""
    removed = Signal(list)
    """These pictures (list[Picture]) went to the trash, or their files are gone."""
    changed = Signal(list)
    """Something else is said of these pictures (list[Picture]): stars, tags, or their steps."""
    collections_changed = Signal()
    """There are other collections, or other pictures in them."""

    def __init__(self, store: Store, data: Path, trash: Trash, disk: Disk) -> None:
        self.store = store
        self.data_folder = data
        self.trash = trash
        self.likenesses = store.likenesses
        self.searches = store.searches
        self.styles = StyleShelf(data / "styles", disk)
        self._thumbnails = Thumbnails(data / "thumbnails", disk)
        self._inputs = Inputs(data / "inputs", disk)
        self._making: dict[tuple[str, int], asyncio.Task[Pixels]] = {}
        self._newest: tuple[str, Pixels] | None = None
        self.in_use: Callable[[], Picture | None] = lambda: None
        self._housekeeping = Housekeeping(self.tidy)
        self._is_closing = False
        self._settling: asyncio.Task[None] | None = None
        self._few = asyncio.Semaphore(_THUMBNAILS_AT_ONCE)
        self._unfinished: set[asyncio.Task[Any]] = set()

    @classmethod
    async def open(
        cls,
        pictures: Path,
        data: Path,
        *,
        trash: Trash,
        disk: Disk | None = None,
    ) -> Library:
        """Make the folders, open the index and begin to bring it into agreement with the files.

        Args:
            pictures: where the artist finds the pictures, in one folder for each day.
            data: where the index, the thumbnails and the start pictures lie.
            trash: called on a worker thread.

        Raises:
            StorageError: the folders can't be made or written.
        """
        disk = disk or Disk()
        store = await asyncio.to_thread(Store, pictures, data, disk)
        library = cls(store, data.absolute(), trash, disk)
        library._settling = asyncio.ensure_future(library._settle())
        library._keep(library._settling)
        library._keep(asyncio.ensure_future(library._housekeeping.run()))
        return library

    @property
    def folder(self) -> Path:
        """The artist's pictures folder."""
        return self.store.pictures_folder

    async def close(self) -> None:
        """Wait for what is being written, then close. Safe to call more than once."""
        self._is_closing = True
        self._housekeeping.stop()
        while self._unfinished:
            await asyncio.wait(self._unfinished)
        await asyncio.to_thread(self.store.close)

    async def settled(self) -> None:
        """Wait until the index agrees with the files that were there at the start."""
        if self._settling is not None:
            await asyncio.shield(self._settling)

    async def record(
        self,
        image: Pixels,
        request: Request,
        *,
        index: int = 0,
        elapsed_s: float = 0.0,
        previews: Pixels | None = None,
        snapshots: Sequence[StepSnapshot] = (),
        parents: Sequence[Parent] = (),
        batch: str = "",
        project: str = "",
    ) -> Picture:
        """Put a finished picture on the disk, then announce it; arguments as in `Store.record`.

        Cancelling the caller doesn't stop the writing.

        Raises:
            StorageError: the disk refused; nothing was kept and the picture is still the caller's.
        """

        async def work() -> Picture:
            picture = await asyncio.to_thread(
                self.store.record,
                image,
                request,
                index=index,
                elapsed_s=elapsed_s,
                previews=previews,
                snapshots=snapshots,
                parents=parents,
                batch=batch,
                project=project,
            )
            self._newest = (picture.pixel_digest, image)
            self._housekeeping.wake()
            self.recorded.emit(picture)
            return picture

        return await self._finish(work())

    async def import_files(
        self, paths: Iterable[Path], go_on: Callable[[int, int], bool] = lambda read, total: True
    ) -> ImportReport:
        """Copy picture files, and those in folders, into the history and announce them in batches.

        Cancelling the caller doesn't stop it; `go_on` does, when it is told how many of how many
        files were read and says no. What is in by then stays.

        Raises:
            StorageError: the disk refused; what was announced before stays.
        """
        chosen = list(paths)

        async def work() -> ImportReport:
            files = await asyncio.to_thread(find_pictures, chosen)
            job = await asyncio.to_thread(import_into, self.store, self._thumbnails, files)
            run, announced = job.run(), 0
            try:
                while go_on(job.read, job.total) and not self._is_closing:
                    if await asyncio.to_thread(next, run, None) is None:
                        break
                    if new := job.report.pictures[announced:]:
                        announced += len(new)
                        self.added.emit(new)
            finally:
                await asyncio.to_thread(run.close)
                if new := job.report.pictures[announced:]:
                    self.added.emit(new)
            return job.report

        return await self._finish(work())

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
        while pictures := await self.page(None, _DELETED_AT_ONCE, doomed):
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

    async def parents_of(self, picture: Picture) -> list[tuple[ParentRole, Picture]]:
        """The pictures that begot this one, as far as they are here."""
        return await asyncio.to_thread(self.store.lineage.parents_of, picture)

    async def children_of(self, picture: Picture) -> list[tuple[ParentRole, Picture]]:
        """The pictures that this one begot, oldest first."""
        return await asyncio.to_thread(self.store.lineage.children_of, picture)

    def made_by(self, request_digest: str) -> Picture | None:
        """The newest picture that a request of this digest made."""
        return self.store.made_by(request_digest)

    async def prompts(self, words: str = "", limit: int = 200) -> list[str]:
        """The prompts that were used, newest first, each once; those with all of `words`."""
        return await asyncio.to_thread(self.store.prompts.recent, words, limit)

    async def remember_prompt(self, prompt: str, negative_prompt: str = "") -> None:
        """Note that a prompt was used just now."""
        await asyncio.to_thread(self.store.prompts.remember, prompt, negative_prompt)

    async def page(
        self,
        before: Picture | None = None,
        limit: int = 200,
        condition: Condition = EVERYTHING,
    ) -> list[Picture]:
        """Up to `limit` pictures, newest first; those older than `before` when it is given."""
        return await asyncio.to_thread(self.store.page, before, limit, condition)

    async def outline(
        self, condition: Condition = EVERYTHING, grouping: Grouping = Grouping.DAY
    ) -> Outline:
        """Where every row of the pictures of which `condition` is true stands."""
        return await asyncio.to_thread(self.store.outlines.make, condition, grouping)

    async def rows(self, outline: Outline, start: int, count: int) -> list[Picture]:
        """Up to `count` pictures from row `start` of the outline on."""
        return await asyncio.to_thread(self.store.outlines.rows, outline, start, count)

    async def row_of(self, outline: Outline, picture: Picture) -> int | None:
        """The row of the outline in which a picture stands; None if it isn't among them."""
        return await asyncio.to_thread(self.store.outlines.row_of, outline, picture)

    async def corrected(
        self, outline: Outline, pictures: Sequence[Picture]
    ) -> tuple[Outline, list[Change] | None]:
        """The outline after these pictures came, went or changed, and what that did to its rows.

        The changes are to be made in their order; None if nobody can tell, and whoever shows the
        rows has to begin anew.
        """
        return await asyncio.to_thread(self.store.outlines.corrected, outline, pictures)

    def count(self, condition: Condition = EVERYTHING) -> int:
        """How many pictures there are of which this is true."""
        return self.store.count(condition)

    async def complete(self, text: str, cursor: int) -> list[Completion]:
        """What may be meant where the cursor is in a search, most used first."""
        return await asyncio.to_thread(self.store.complete, text, cursor)

    def get(self, picture_id: int) -> Picture | None:
        return self.store.get(picture_id)

    def pictures(self, picture_ids: Sequence[int]) -> list[Picture]:
        """Those that are there, in this order. Blocks shortly."""
        return self.store.pictures(picture_ids)

    def find(self, pixel_digest: str) -> Picture | None:
        """The newest picture whose raw bytes have this sha256."""
        return self.store.find(pixel_digest)

    def pixels(self, picture: Picture) -> Pixels:
        """As in `Store.pixels`. Raises PictureError if the file is gone or damaged."""
        return self.store.pixels(picture)

    async def thumbnail(self, picture: Picture, side_px: int) -> Pixels:
        """The picture fitted into a square of `side_px`, uint8 (h, w, 3); never enlarged.

        Raises:
            PictureError: the picture's file is gone or damaged.
        """
        key = (picture.pixel_digest, side_px)
        task = self._making.get(key)
        if task is None:
            task = asyncio.ensure_future(self._make_thumbnail(picture, side_px))
            self._making[key] = task
            self._keep(task)
            task.add_done_callback(lambda _: self._making.pop(key, None))
        return await asyncio.shield(task)

    async def step_previews(self, picture: Picture) -> Pixels:
        """uint8 (N, h, w, 3), first step first. Raises PictureError if they are gone."""
        return await asyncio.to_thread(self.store.step_previews, picture)

    def snapshot(self, picture: Picture, step: int) -> StepSnapshot:
        """Raises PictureError if this step of the picture was not kept."""
        return self.store.snapshot(picture, step)

    def snapshot_of(self, request_digest: str, step: int) -> StepSnapshot | None:
        """What was kept of a step of the newest picture of this request; None if nothing was.

        The engine calls it on its thread.
        """
        return self.store.snapshot_of(request_digest, step)

    def steps_bytes(self) -> int:
        """How much room the steps of all pictures take on the disk."""
        return self.store.kept_steps.total_bytes()

    async def tidy(self, *, pack: bool = True) -> bool:
        """Let the oldest steps go that the budget has no room for, announce that, then make those
        of one picture smaller if `pack`. Whether there is more to make smaller.

        Those of pictures with stars stay, and of that which `in_use` gives.
        """
        keep = self.store.kept_steps
        pruned = await asyncio.to_thread(keep.prune, self.in_use())
        if pruned:
            self.changed.emit(await asyncio.to_thread(self.store.pictures, pruned))
        return pack and await asyncio.to_thread(keep.pack_one)

    async def adopt(self, source: Path | Pixels, *, keep_alpha: bool = False) -> PictureRef:
        """Keep a picture file, or pixels (H, W, 3 or 4), as a start picture for requests.

        What is transparent in a file lies on white unless `keep_alpha`.

        Raises:
            PictureError: the file isn't a picture that the studio opens.
            StorageError: the disk refused.
        """
        ref = await asyncio.to_thread(self._inputs.adopt, source, keep_alpha=keep_alpha)
        if isinstance(source, Path):
            # What begins with it now will name it by its pixels.
            learnt = await asyncio.to_thread(self.store.learn_pixels, source, ref.digest)
            if learnt is not None:
                self.changed.emit([learnt])
        return ref

    def lend(self, pixels: Pixels) -> PictureRef:
        """Name pixels (H, W, 3) for a request that is tried out and forgotten."""
        return self._inputs.lend(pixels)

    def input_pixels(self, digest: str) -> Pixels:
        """The start picture of this digest, uint8 (H, W, 3), or (H, W, 4) if adopted with alpha.

        The engine calls it on its thread.

        Raises:
            PictureError: neither a start picture nor one of the history looks like that.
        """
        pixels = self._inputs.pixels(digest)
        if pixels is None and (picture := self.find(digest)) is not None:
            pixels = self.pixels(picture)
        if pixels is None:
            raise PictureError(
                "The start picture of this request is not on this disk.", "Drop it in again."
            )
        return pixels

    async def _settle(self) -> None:
        """Look through the folders, a little at a time, and announce what is different."""
        looking = self.store.reconcile()
        try:
            while not self._is_closing:
                found = await asyncio.to_thread(next, looking, None)
                if found is None:
                    await asyncio.to_thread(self.store.save_marks)
                    return
                if found.added:
                    self.added.emit(found.added)
                if found.removed:
                    self.removed.emit(found.removed)
        except StudioError as error:
            log.warning("the history wasn't compared with its files: %s", error)

    async def _mark(self, pictures: Sequence[Picture], change: Callable[[], None]) -> None:
        """Change what is said of pictures, announce it, then write it beside their files."""

        async def work() -> None:
            await asyncio.to_thread(change)
            if pictures:
                ids = [picture.id for picture in pictures]
                self.changed.emit(await asyncio.to_thread(self.store.pictures, ids))
            await asyncio.to_thread(self.store.save_marks)

        await self._finish(work())

    async def _make_thumbnail(self, picture: Picture, side_px: int) -> Pixels:
        # What was just recorded is asked for at once: its file needn't be read.
        pixels = None
        if self._newest is not None and self._newest[0] == picture.pixel_digest:
            pixels, self._newest = self._newest[1], None
        async with self._few:
            return await asyncio.to_thread(self._thumbnails.get, picture, side_px, pixels)

    async def _finish(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do the work to its end even if whoever waits for it is cancelled."""
        task = asyncio.ensure_future(work)
        self._keep(task)
        return await asyncio.shield(task)

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._unfinished.add(task)
        task.add_done_callback(self._unfinished.discard)


def _all_but(kept: Condition, among: Condition) -> Condition:
    sql = f"({among.sql}) AND NOT ({kept.sql})"
    return Condition(sql, (*among.values, *kept.values))
