"""The history on the disk: picture files, their steps beside them, and the index.

Blocking, and safe to use from any thread. A recorded picture is an ordinary PNG that carries its
own request, so the index can always be made again from the files.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from studio.domain.errors import PictureError
from studio.domain.events import Pixels, StepSnapshot
from studio.library.files.disk import Disk, storage_errors
from studio.library.files.wastebasket import Trash, Trashed, move_back, move_to_trash
from studio.library.index.connections import Connections
from studio.library.index.energies import Energies
from studio.library.index.index import Index
from studio.library.index.likenesses import Likenesses
from studio.library.index.lineage_rows import LineageRows
from studio.library.index.marks import MarkRows
from studio.library.index.outlines import Outlines
from studio.library.index.prompts import PromptHistory
from studio.library.index.saved_searches import SavedSearches
from studio.library.labels.sidecar import sidecar_path, write_marks, write_record
from studio.library.picture import Picture
from studio.library.query import EVERYTHING, Completion, Condition, complete
from studio.library.reading import read_picture
from studio.library.recording import Recording
from studio.library.steps import steps
from studio.library.steps.kept_steps import KeptSteps
from studio.library.upkeep.presence import Presence, now_ns
from studio.library.upkeep.reconcile import Found, Reconciler

log = logging.getLogger(__name__)

_SAVED_AT_ONCE: Final = 200
_NUMBER: Final = re.compile(r"(\d{5,9})-")


class Store(Recording):
    """Opens the history below two folders and makes them if need be.

    Args:
        pictures: where the artist finds the pictures, in one folder for each day.
        data: where the index lies.
        disk: how files are written.

    Raises:
        StorageError: a folder can't be made or written.
    """

    def __init__(self, pictures: Path, data: Path, disk: Disk | None = None) -> None:
        pictures, disk = pictures.absolute(), disk or Disk()
        self._saving = threading.Lock()
        for folder in (pictures, data):
            with storage_errors(folder):
                disk.make_folder(folder)
        with storage_errors(data):
            self._presence = Presence(data / "in-use")
        try:
            super().__init__(Index(data / "history.sqlite3", pictures), pictures, disk)
            self.marks = MarkRows(self._index.connections)
            self.lineage = LineageRows(self._index)
            self.kept_steps = KeptSteps(
                self._index.connections, self.pictures_folder, self._disk, self._saving
            )
            self.prompts = PromptHistory(self._index.connections)
            self.outlines = Outlines(self._index.connections, self.pictures_folder)
            self.index_was_rebuilt = self._index.begun_anew
            self.energies = Energies(self._index.connections)
            self.likenesses = Likenesses(self._index.connections)
            self.searches = SavedSearches(self._index.connections, data, self._disk)
            self.searches.restore()
            # Whoever is alone knows that what is there by now is nobody's to finish.
            self._judged_ns = 0
            if self._presence.alone:
                self._judged_ns = now_ns(self.pictures_folder)
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

    def file_digests(self) -> set[str]:
        """The sha256 (hex) of every picture file that is there, as far as they were taken."""
        statement = "SELECT file_digest FROM pictures WHERE present AND file_digest <> ''"
        return {digest for (digest,) in self._index.connections.rows(statement)}

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

    def step_previews(self, picture: Picture) -> list[Pixels]:
        """uint8 (h, w, 3), first step first. Raises PictureError if they are gone."""
        return steps.read_previews(steps.steps_path(picture.path), picture.request)

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
