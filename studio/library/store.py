"""The history on the disk: picture files, their steps beside them, and the index.

Blocking, and safe to use from any thread. A recorded picture is an ordinary PNG that carries its
own request, so the index can always be made again from the files.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from studio.domain.errors import PictureError
from studio.domain.events import Pixels, StepSnapshot
from studio.domain.request import Request
from studio.library import steps
from studio.library.adopting import Adopted
from studio.library.batch_writing import write_all_new
from studio.library.connections import Connections
from studio.library.disk import TEMPORARY_PREFIX, TEMPORARY_SUFFIX, Disk, storage_errors
from studio.library.encoding import (
    PictureFormat,
    check_pixels,
    encode,
    pixel_digest,
    without_idle_alpha,
)
from studio.library.importing import ReadPicture, stored_name
from studio.library.index import Index
from studio.library.kept_steps import KeptSteps
from studio.library.labelling import Labels, MetadataChoice
from studio.library.likenesses import Likenesses
from studio.library.lineage_rows import LineageRows
from studio.library.marks import MarkRows
from studio.library.names import output_path
from studio.library.outlines import Outlines
from studio.library.picture import Parent, Picture, PictureRecord
from studio.library.presence import Presence
from studio.library.prompts import PromptHistory
from studio.library.query import EVERYTHING, Completion, Condition, complete
from studio.library.reading import read_picture
from studio.library.reconcile import Found, Reconciler
from studio.library.rows import NewRow
from studio.library.saved_searches import SavedSearches
from studio.library.sidecar import sidecar_path, write_marks, write_record
from studio.library.wastebasket import Trash, Trashed, move_back, move_to_trash

log = logging.getLogger(__name__)

_SAVED_AT_ONCE: Final = 200
_NUMBER: Final = re.compile(r"(\d{5,9})-")


class Store:
    """Opens the history below two folders and makes them if need be.

    Args:
        pictures: where the artist finds the pictures, in one folder for each day.
        data: where the index lies.
        disk: how files are written.

    New pictures name their `prompt_writer` beside the prompt, if there is one.

    Raises:
        StorageError: a folder can't be made or written.
    """

    def __init__(self, pictures: Path, data: Path, disk: Disk | None = None) -> None:
        self.pictures_folder = pictures.absolute()
        self.prompt_writer = ""
        self._disk = disk or Disk()
        self._writing = threading.Lock()
        self._saving = threading.Lock()
        self._last_number: dict[Path, int] = {}
        for folder in (self.pictures_folder, data):
            with storage_errors(folder):
                self._disk.make_folder(folder)
        with storage_errors(data):
            self._presence = Presence(data / "in-use")
        try:
            self._index = Index(data / "history.sqlite3", self.pictures_folder)
            self.marks = MarkRows(self._index.connections)
            self.lineage = LineageRows(self._index)
            self.kept_steps = KeptSteps(
                self._index.connections, self.pictures_folder, self._disk, self._saving
            )
            self.prompts = PromptHistory(self._index.connections)
            self.outlines = Outlines(self._index.connections, self.pictures_folder)
            self.index_was_rebuilt = self._index.begun_anew
            self.likenesses = Likenesses(self._index.connections)
            self.searches = SavedSearches(self._index.connections, data, self._disk)
            self.searches.restore()
            # Whoever is alone knows that what is there by now is nobody's to finish.
            self._judged_ns = 0
            if self._presence.alone:
                self._judged_ns = _now_ns(self.pictures_folder)
                self._presence.share()
        except BaseException:
            self._presence.close()
            raise

    @property
    def connections(self) -> Connections:
        """To the database itself, for what looks at all of it."""
        return self._index.connections

    def close(self) -> None:
        """Wait for what is being written, then close. The store is of no use afterwards."""
        with self._writing, self._saving:
            self._index.close()
            self._presence.close()

    def reconcile(self) -> Iterator[Found]:
        """Bring index and files into agreement, a folder at a time; what was different.

        Pictures may be recorded meanwhile, by any process. Nothing is done where another process
        had the same history open first.

        Raises:
            StorageError: the index can't be written.
        """
        if self._judged_ns:
            with storage_errors(self.pictures_folder):
                yield from Reconciler(
                    self._index, self.pictures_folder, self._disk, self._judged_ns
                ).run()

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
        labels = Labels.of(record, MetadataChoice(writer=self.prompt_writer))
        content = encode(image, PictureFormat.PNG, labels)
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
                digest = hashlib.sha256(content).hexdigest()
                return self._index.add(
                    NewRow(name, record, width, height, len(way), file_digest=digest)
                )
            except BaseException:
                for file in written:
                    self._disk.remove(file)
                raise

    def file_digests(self) -> set[str]:
        """The sha256 (hex) of every picture file that is there, as far as they were taken."""
        statement = "SELECT file_digest FROM pictures WHERE present AND file_digest <> ''"
        return {digest for (digest,) in self._index.connections.rows(statement)}

    def keep_imported(self, found: Sequence[ReadPicture]) -> list[Picture]:
        """Copy files that were read into the history: all that, or nothing.

        Raises:
            StorageError: the disk refused.
        """
        found = sorted(found, key=lambda one: one.record.created)
        with self._writing, storage_errors(self.pictures_folder):
            while True:
                files, adopted = self._places_for(found)
                # Another process numbers the same folders.
                with suppress(FileExistsError):
                    write_all_new(self._disk, files)
                    break
            try:
                return self._index.adopt(adopted)
            except BaseException:
                for path, _ in files:
                    self._disk.remove(path)
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

    def members(self, collection: str) -> list[Picture]:
        """The pictures in a collection, newest first."""
        return self._index.members(collection)

    def made_by(self, request_digest: str) -> Picture | None:
        """The newest picture that a request of this digest made."""
        return self._index.made_by(request_digest)

    def find(self, digest: str) -> Picture | None:
        """The newest picture whose raw bytes have this sha256."""
        return self._index.find(digest)

    def pixels(self, picture: Picture) -> Pixels:
        """uint8 (H, W, 3), or (H, W, 4) where it is transparent in places.

        Raises:
            PictureError: the file is gone or damaged.
        """
        return read_picture(picture.path, keep_alpha=True)

    def learn_pixels(self, path: Path, digest: str) -> Picture | None:
        """Note the digest of an imported picture's pixels, for which its file's stood until now.

        The picture as it is then; None if there was nothing to learn.

        Raises:
            StorageError: the disk refused.
        """
        if not path.is_relative_to(self.pictures_folder):
            return None
        name = path.relative_to(self.pictures_folder).as_posix()
        with self._saving:
            where = "pictures.path = ? AND pictures.present AND pixel_digest = file_digest"
            found = self._index.select(where, (name,))
            if not found or found[0].pixel_digest == digest:
                return None
            record = replace(found[0].record, pixel_digest=digest)
            with storage_errors(sidecar_path(path)):
                write_record(path, record, self._disk)
            self._index.set_pixels(found[0], digest)
        return replace(found[0], record=record)

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

    def delete(self, picture: Picture, trash: Trash) -> Trashed:
        """Move a picture with its steps and its sidecar to the trash, then forget its row.

        A file that is already gone counts as moved.

        Raises:
            StorageError: the trash refused; the picture stays where it is.
        """
        marks = self.marks.of(picture)
        with self._saving:
            row = self._index.row(picture)
            way, sidecar = steps.steps_path(picture.path), sidecar_path(picture.path)
            files = move_to_trash((way, sidecar, picture.path), trash)
            self._index.remove(picture)
        return Trashed(picture, row, marks, files)

    def restore(self, trashed: Trashed) -> Picture:
        """Have a picture back from the trash as it was, under its own number.

        Raises:
            StorageError: it isn't in the trash any more, or the disk refused.
        """
        with self._writing, self._saving:
            move_back(trashed.files, self._disk)
            picture = self._index.add(trashed.row, trashed.marks)
            # It may have gone before they were written.
            self.marks.note([picture])
            return picture

    def save_marks(self) -> None:
        """Write what the artist thinks of pictures into their sidecars, as far as it is new.

        Raises:
            StorageError: the disk refused; what isn't written is tried again next time.
        """
        with self._saving:
            while unsaved := self.marks.unsaved(_SAVED_AT_ONCE):
                for one in unsaved:
                    path = self.pictures_folder / one.path
                    with storage_errors(sidecar_path(path)):
                        write_marks(path, one.marks, self._disk, one.saved_tags)
                    self.marks.saved([one])

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

    def _places_for(
        self, found: Sequence[ReadPicture]
    ) -> tuple[list[tuple[Path, bytes]], list[Adopted]]:
        """The files that an import writes, and their rows."""
        files, adopted = [], []
        for one in found:
            day = one.record.created.astimezone().strftime("%Y-%m-%d")
            folder = output_path(self.pictures_folder, day)
            self._disk.make_folder(folder)
            name = stored_name(self._next_number(folder), one.source)
            path = output_path(self.pictures_folder, day, name)
            files.append((path, one.content))
            if beside := one.sidecar():
                files.append((sidecar_path(path), beside))
            adopted.append(one.row(path.relative_to(self.pictures_folder).as_posix()))
        return files, adopted

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


def _now_ns(folder: Path) -> int:
    """What a file that is written now would be dated, on the disk's own clock."""
    probe = folder / f"{TEMPORARY_PREFIX}now{TEMPORARY_SUFFIX}"
    try:
        probe.touch()
        now_ns = probe.stat().st_mtime_ns
        probe.unlink()
    except OSError:
        return time.time_ns()
    return now_ns
