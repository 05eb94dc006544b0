"""The history on the disk: picture files, their steps beside them, and the index.

Blocking, and safe to use from any thread. A recorded picture is an ordinary PNG that carries its
own request, so the index can always be made again from the files.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from studio.domain.errors import PictureError
from studio.domain.events import Pixels, StepSnapshot
from studio.domain.request import Request
from studio.library import steps
from studio.library.disk import Disk, storage_error, storage_errors
from studio.library.encoding import (
    PictureFormat,
    check_pixels,
    encode,
    pixel_digest,
    without_idle_alpha,
)
from studio.library.index import Index
from studio.library.likenesses import Likenesses
from studio.library.names import output_path
from studio.library.outlines import Outlines
from studio.library.picture import Parent, Picture, PictureRecord
from studio.library.query import EVERYTHING, Completion, Condition, complete
from studio.library.reading import read_picture
from studio.library.reconcile import reconcile
from studio.library.rows import NewRow
from studio.library.saved_searches import SavedSearches

log = logging.getLogger(__name__)

_NUMBER: Final = re.compile(r"(\d{5,9})-")


class Store:
    """Opens the history below two folders and makes them if need be.

    Args:
        pictures: where the artist finds the pictures, in one folder for each day.
        data: where the index lies.
        disk: how files are written.

    Raises:
        StorageError: a folder can't be made or written.
    """

    def __init__(self, pictures: Path, data: Path, disk: Disk | None = None) -> None:
        self.pictures_folder = pictures.absolute()
        self._disk = disk or Disk()
        self._writing = threading.Lock()
        self._last_number: dict[Path, int] = {}
        for folder in (self.pictures_folder, data):
            with storage_errors(folder):
                self._disk.make_folder(folder)
        with storage_errors(data):
            self._presence = _Presence(data / "in-use")
        try:
            self._index = Index(data / "history.sqlite3", self.pictures_folder)
            self.outlines = Outlines(self._index.connections, self.pictures_folder)
            self.index_was_rebuilt = self._index.begun_anew
            self.likenesses = Likenesses(self._index.connections)
            self.searches = SavedSearches(self._index.connections, data, self._disk)
            self.searches.restore()
            # A file without a row may be one that another process is about to commit.
            if self._presence.alone:
                with storage_errors(self.pictures_folder):
                    reconcile(self._index, self.pictures_folder, self._disk)
                self._presence.share()
        except BaseException:
            self._presence.close()
            raise

    def close(self) -> None:
        """Wait for what is being written, then close. The store is of no use afterwards."""
        with self._writing:
            self._index.close()
            self._presence.close()

    def record(
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
        """Put a finished picture on the disk: when this returns, it survives a power cut.

        Either all of it is kept or nothing.

        Args:
            image: uint8 (H, W, 3), or (H, W, 4) with straight alpha.
            index: its place in the batch.
            elapsed_s: how long its job took.
            previews: uint8 (N, h, w, 3), one for each step.
            snapshots: what is needed to go on from its steps.
            parents: pictures it came from that the request doesn't name.
            batch: the same for all that were asked for together.
            project: the artist's work that it belongs to.

        Raises:
            StorageError: the disk is full, read-only or gone; the picture is still the caller's.
        """
        check_pixels(image)
        image = without_idle_alpha(image)
        record = PictureRecord(
            request,
            index,
            datetime.now(UTC),
            elapsed_s,
            pixel_digest(image),
            tuple(parents),
            batch,
            project,
        )
        content = encode(image, PictureFormat.PNG, record)
        has_steps = previews is not None or bool(snapshots)
        way = steps.encode_steps(request, previews, snapshots) if has_steps else b""
        height, width = image.shape[:2]
        with self._writing:
            path = self._write_picture(record, content)
            written = [path]
            try:
                if has_steps:
                    way_path = steps.steps_path(path)
                    with storage_errors(way_path):
                        self._disk.make_folder(way_path.parent)
                        self._disk.write_new(way_path, way)
                    written.append(way_path)
                name = path.relative_to(self.pictures_folder).as_posix()
                return self._index.add(NewRow(name, record, width, height, len(way)))
            except BaseException:
                for file in written:
                    self._disk.remove(file)
                raise

    def page(
        self,
        before: Picture | None = None,
        limit: int = 200,
        condition: Condition = EVERYTHING,
    ) -> list[Picture]:
        """Up to `limit` pictures, newest first; those older than `before` when it is given."""
        return self._index.page(before, limit, condition)

    def count(self, condition: Condition = EVERYTHING) -> int:
        """How many pictures there are of which this is true."""
        return self._index.count(condition)

    def complete(self, text: str, cursor: int) -> list[Completion]:
        """What may be meant where the cursor is in a search; see `query.complete`."""
        return complete(text, cursor, self._index.connections.rows)

    def get(self, picture_id: int) -> Picture | None:
        return self._index.get(picture_id)

    def pictures(self, picture_ids: Sequence[int]) -> list[Picture]:
        """Those that are there, in this order."""
        return self._index.pictures(picture_ids)

    def find(self, digest: str) -> Picture | None:
        """The newest picture whose raw bytes have this sha256."""
        return self._index.find(digest)

    def pixels(self, picture: Picture) -> Pixels:
        """uint8 (H, W, 3), or (H, W, 4) where it is transparent in places.

        Raises:
            PictureError: the file is gone or damaged.
        """
        return read_picture(picture.path, keep_alpha=True)

    def step_previews(self, picture: Picture) -> Pixels:
        """uint8 (N, h, w, 3), first step first. Raises PictureError if they are gone."""
        return steps.read_previews(steps.steps_path(picture.path))

    def snapshot(self, picture: Picture, step: int) -> StepSnapshot:
        """Raises PictureError if this step of the picture was not kept."""
        return steps.read_snapshot(steps.steps_path(picture.path), step)

    def snapshot_of(self, request_digest: str, step: int) -> StepSnapshot | None:
        """What was kept of a step of the newest picture of this request; None if nothing was."""
        picture = self._index.with_steps(request_digest)
        if picture is None:
            return None
        try:
            return self.snapshot(picture, step)
        except PictureError as error:
            log.info("a step is taken anew: %s", error)
            return None

    def delete(self, picture: Picture, trash: Callable[[Path], None]) -> None:
        """Move a picture and its steps to the trash, then forget its row.

        A file that is already gone counts as moved.

        Raises:
            StorageError: the trash refused; the picture stays where it is.
        """
        for path in (picture.path, steps.steps_path(picture.path)):
            if path.exists():
                try:
                    trash(path)
                except OSError as error:
                    raise storage_error(error, path) from error
        self._index.remove(picture)

    def _write_picture(self, record: PictureRecord, content: bytes) -> Path:
        day = record.created.astimezone().strftime("%Y-%m-%d")
        folder = output_path(self.pictures_folder, day)
        with storage_errors(folder):
            self._disk.make_folder(folder)
            while True:
                number = self._next_number(folder)
                path = output_path(self.pictures_folder, day, f"{number:05d}-{record.seed}.png")
                # Another process numbers the same folder: whose name is taken takes the next one.
                with suppress(FileExistsError):
                    self._disk.write_new(path, content)
                    return path

    def _next_number(self, folder: Path) -> int:
        last = self._last_number.get(folder)
        if last is None:
            names = [
                *(path.name for path in folder.iterdir()),
                *(path.name for path in (folder / steps.FOLDER).glob("*")),
            ]
            numbers = [int(match[1]) for name in names if (match := _NUMBER.match(name))]
            last = max(numbers, default=0)
        self._last_number[folder] = last + 1
        return last + 1


class _Presence:
    """Tells whether another process has the same history open, by a lock that dies with it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        try:
            self.alone = self._lock(exclusive=True, wait=False)
            if not self.alone:
                # Whoever is alone brings index and files into agreement first.
                self._lock(exclusive=False, wait=True)
        except BaseException:
            self._file.close()
            raise

    def share(self) -> None:
        """Let others in; they will know that they aren't alone."""
        self._lock(exclusive=False, wait=True)

    def close(self) -> None:
        self._file.close()

    def _lock(self, *, exclusive: bool, wait: bool) -> bool:
        if sys.platform == "win32":
            return True
        import fcntl

        mode = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        try:
            fcntl.flock(self._file, mode if wait else mode | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
