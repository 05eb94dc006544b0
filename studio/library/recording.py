"""Putting new pictures on the disk: finished ones and imported ones, each with its row."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from studio.domain.events import Pixels, StepSnapshot
from studio.domain.making import Making
from studio.domain.request import Request
from studio.library.encoding import (
    PictureFormat,
    check_pixels,
    encode,
    pixel_digest,
    without_idle_alpha,
)
from studio.library.files.batch_writing import write_all_new
from studio.library.files.disk import Disk, storage_errors
from studio.library.files.names import output_path
from studio.library.importing import ReadPicture, stored_name
from studio.library.index.index import Index
from studio.library.index.rows import NewRow
from studio.library.labels.labelling import Labels, MetadataChoice
from studio.library.labels.sidecar import sidecar_path
from studio.library.picture import Parent, Picture, PictureRecord
from studio.library.steps import steps
from studio.library.upkeep.adopting import Adopted

_NUMBER: Final = re.compile(r"(\d{5,9})-")


class Recording:
    """Writes into the dated folders below `pictures`. Blocking; safe to use from any thread.

    New pictures name their `prompt_writer` beside the prompt, if there is one.
    """

    def __init__(self, index: Index, pictures: Path, disk: Disk) -> None:
        self.prompt_writer = ""
        # Held while files are written that have no row yet.
        self._writing = threading.Lock()
        self._index = index
        self.pictures_folder = pictures
        self._disk = disk
        self._last_number: dict[Path, int] = {}

    def record(
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
        """Put a finished picture on the disk: when this returns, it survives a power cut.

        Either all of it is kept or nothing.

        Args:
            image: uint8 (H, W, 3), or (H, W, 4) with straight alpha.
            index: its place in the batch.
            elapsed_s: how long its job took.
            previews: uint8 (h, w, 3), one for each step to the last one that was taken.
            snapshots: what is needed to go on from its steps.
            parents: pictures it came from that the request doesn't name.
            batch: the same for all that were asked for together.
            project: the artist's work that it belongs to.
            making: how it was computed.

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
            making=making,
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
