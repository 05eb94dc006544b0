"""The history as the window sees it: asynchronous, announcing what came and what went."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from studio.domain.errors import PictureError, StudioError
from studio.domain.events import Pixels, StepSnapshot
from studio.domain.making import Making
from studio.domain.request import PictureRef, Request
from studio.library.browsing import Browsing
from studio.library.files.disk import Disk
from studio.library.files.wastebasket import Trash
from studio.library.import_into import import_into
from studio.library.importing import ImportReport, find_pictures
from studio.library.inputs import Inputs
from studio.library.marking import Marking
from studio.library.picture import Parent, Picture
from studio.library.store import Store
from studio.library.style_shelf import StyleShelf
from studio.library.thumbnails import Thumbnails
from studio.library.upkeep.housekeeping import Housekeeping

log = logging.getLogger(__name__)

_THUMBNAILS_AT_ONCE: Final = 4


class Library(Browsing, Marking):
    """Everything that was made, newest first. Made by `Library.open`, ended by `close`.

    Asynchronous methods belong to the loop's thread and do their work elsewhere; signals are
    emitted on the loop's thread. The other methods block shortly and may be called from any
    thread.
    """

    def __init__(self, store: Store, data: Path, trash: Trash, disk: Disk) -> None:
        super().__init__(store, trash, Thumbnails(data / "thumbnails", disk))
        self.data_folder = data
        self.likenesses = store.likenesses
        self.searches = store.searches
        self.styles = StyleShelf(data / "styles", disk)
        self._inputs = Inputs(data / "inputs", disk)
        self._making: dict[tuple[str, int], asyncio.Task[Pixels]] = {}
        self._newest: tuple[str, Pixels] | None = None
        self.in_use: Callable[[], Picture | None] = lambda: None
        self._housekeeping = Housekeeping(self.tidy)
        self._is_closing = False
        self._settling: asyncio.Task[None] | None = None
        self._few = asyncio.Semaphore(_THUMBNAILS_AT_ONCE)

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
        previews: Iterable[Pixels] | None = None,
        snapshots: Sequence[StepSnapshot] = (),
        parents: Sequence[Parent] = (),
        batch: str = "",
        project: str = "",
        making: Making | None = None,
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
                making=making,
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

    async def step_previews(self, picture: Picture) -> list[Pixels]:
        """uint8 (h, w, 3), first step first. Raises PictureError if they are gone."""
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

    async def _make_thumbnail(self, picture: Picture, side_px: int) -> Pixels:
        # What was just recorded is asked for at once: its file needn't be read.
        pixels = None
        if self._newest is not None and self._newest[0] == picture.pixel_digest:
            pixels, self._newest = self._newest[1], None
        async with self._few:
            return await asyncio.to_thread(self._thumbnails.get, picture, side_px, pixels)
