"""Pictures of any origin into the history: copied unchanged, read, never trusted.

While one batch of files is on its way to the disk the next ones are decoded. What costs is the
decoding, so a picture is decoded once and no finer than its thumbnails need; its bytes are read
once, for its digest, its texts, its pixels and the copy.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from PIL import Image

from studio.domain.errors import PictureError
from studio.library.dialects import settings_in
from studio.library.index.marks import UNMARKED, Marks
from studio.library.index.rows import NewRow
from studio.library.labels import metadata
from studio.library.labels.embedded import read_embedded_from
from studio.library.labels.sidecar import read_sidecar, record_content
from studio.library.picture import Picture, PictureRecord
from studio.library.reading import MAX_FILE_BYTES
from studio.library.settings import PictureSettings
from studio.library.small_copies import SmallCopy, small_copy
from studio.library.thumbnails import encode_thumbnail
from studio.library.upkeep.adopting import SUFFIXES, Adopted

THUMBNAIL_SIDES_PX: Final = (160, 320)
"""Of the thumbnails that are made on the way, smallest first."""
_BATCH_FILES: Final = 64
_BATCH_BYTES: Final = 64 << 20
_MAX_WORKERS: Final = 8
# Each holds a file and its pixels.
_WAITING_PER_WORKER: Final = 2
_OLDEST: Final = datetime(1970, 1, 2, tzinfo=UTC)


@dataclass(slots=True)
class ImportReport:
    """What became of the files of an import.

    `duplicates` were in the history already or came twice; `refused` say why.
    """

    pictures: list[Picture] = field(default_factory=list)
    duplicates: list[Path] = field(default_factory=list)
    refused: list[tuple[Path, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """A file that was read and found to be a picture. `thumbnails` are sides with files."""

    source: Path
    content: bytes
    file_digest: str
    width: int
    height: int
    record: PictureRecord
    marks: Marks
    has_own_record: bool
    settings: PictureSettings | None
    thumbnails: tuple[tuple[int, bytes], ...]

    def row(self, name: str) -> Adopted:
        """Its row, under a path as the index writes them."""
        row = NewRow(
            name,
            self.record,
            self.width,
            self.height,
            imported=self.settings,
            file_digest=self.file_digest,
        )
        return Adopted(row, self.marks)

    def sidecar(self) -> bytes:
        """What has to lie beside its file, so that the file alone tells all of it; or nothing."""
        if self.has_own_record and self.marks == UNMARKED:
            return b""
        return record_content(self.record, self.marks)


def find_pictures(paths: Iterable[Path], *, recursive: bool = True) -> list[Path]:
    """The picture files among these, and those in the folders among them, by name.

    Hidden files and folders are passed over, and no link is followed into a folder.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
        elif recursive:
            for folder, folders, names in os.walk(path):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                found += _pictures_in(Path(folder), names)
        else:
            found += _pictures_in(path, (each.name for each in path.iterdir()))
    return list(dict.fromkeys(found))


def read_for_import(source: Path, known: Collection[str]) -> ReadPicture | None:
    """All that the history needs of a file; None if `known` has its sha256 already.

    Raises:
        PictureError: it isn't a picture that the studio opens, or can't be read.
    """
    content = _content(source)
    file_digest = hashlib.sha256(content).hexdigest()
    if file_digest in known:
        return None
    copy = small_copy(content, source.name, THUMBNAIL_SIDES_PX[-1])
    own, beside = metadata.read_record_from(io.BytesIO(content)), read_sidecar(source)
    record = own or beside.record
    settings = None
    if record is None or record.request is None:
        embedded = read_embedded_from(io.BytesIO(content))
        settings = settings_in(embedded, lambda: copy.hidden)
    return ReadPicture(
        source,
        content,
        file_digest,
        copy.size.width,
        copy.size.height,
        # Nobody has looked at its pixels one by one: until somebody does, the file stands for them.
        record or PictureRecord(None, 0, _created(source, copy.taken), 0.0, file_digest),
        beside.marks,
        own is not None,
        settings,
        _thumbnails(copy),
    )


class Import:
    """Reads files on several threads and hands them over in batches, in their order.

    Of `total` files so many as `read` says have been looked at; `report` says what became of them.

    Args:
        files: as `find_pictures` gives them.
        known: the sha256 (hex) of every file that the history has.
        keep: puts a batch on the disk and into the index; called on a thread of its own.
    """

    def __init__(
        self,
        files: Sequence[Path],
        known: Iterable[str],
        keep: Callable[[Sequence[ReadPicture]], list[Picture]],
    ) -> None:
        self.total = len(files)
        self.read = 0
        self.report = ImportReport()
        self._files = deque(files)
        self._known = set(known)
        self._keep = keep

    def run(self) -> Generator[list[Picture], None, None]:
        """Yields what came in, batch by batch, `[]` where only time went by.

        Whoever stops asking ends the import; what was yielded stays.

        Raises:
            StorageError: the disk refused a batch; nothing of it stays.
        """
        workers = min(os.cpu_count() or 1, _MAX_WORKERS)
        waiting: deque[tuple[Path, Future[ReadPicture | None]]] = deque()
        batch: list[ReadPicture] = []
        keeping: Future[list[Picture]] | None = None
        with (
            ThreadPoolExecutor(workers, thread_name_prefix="import") as pool,
            ThreadPoolExecutor(1, thread_name_prefix="keep") as keeper,
        ):
            try:
                while self._files or waiting:
                    while self._files and len(waiting) < workers * _WAITING_PER_WORKER:
                        path = self._files.popleft()
                        waiting.append((path, pool.submit(read_for_import, path, self._known)))
                    self._take(*waiting.popleft(), batch)
                    if len(batch) < _BATCH_FILES and _size(batch) < _BATCH_BYTES:
                        yield []
                        continue
                    done, keeping = keeping, keeper.submit(self._keep, batch)
                    batch = []
                    yield self._kept(done)
                done, keeping = keeping, keeper.submit(self._keep, batch)
                yield self._kept(done)
            finally:
                pool.shutdown(cancel_futures=True)
                last = self._kept(keeping)
            yield last

    def _take(
        self, path: Path, future: Future[ReadPicture | None], batch: list[ReadPicture]
    ) -> None:
        self.read += 1
        try:
            found = future.result()
        except PictureError as error:
            self.report.refused.append((path, str(error)))
            return
        # A twin may have been read at the same time.
        if found is None or found.file_digest in self._known:
            self.report.duplicates.append(path)
            return
        self._known.add(found.file_digest)
        batch.append(found)

    def _kept(self, keeping: Future[list[Picture]] | None) -> list[Picture]:
        pictures = keeping.result() if keeping is not None else []
        self.report.pictures += pictures
        return pictures


def stored_name(number: int, source: Path) -> str:
    """Under which name a file is kept, of which only the suffix must stay."""
    return f"{number:05d}-{source.stem}{source.suffix.lower()}"


def _pictures_in(folder: Path, names: Iterable[str]) -> list[Path]:
    return [
        folder / name
        for name in sorted(names)
        if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES
    ]


def _content(source: Path) -> bytes:
    if source.suffix.lower() not in SUFFIXES:
        raise PictureError(f"“{source.name}” has no picture's name.")
    try:
        if source.stat().st_size > MAX_FILE_BYTES:
            raise PictureError(f"“{source.name}” is larger than {MAX_FILE_BYTES >> 20} MiB.")
        return source.read_bytes()
    except OSError as error:
        raise PictureError(f"“{source.name}” can't be read: {error.strerror}.") from error


def _created(source: Path, taken: datetime | None) -> datetime:
    """When the picture was made, as far as anybody knows: never before 1970 nor tomorrow."""
    latest = datetime.now(UTC) + timedelta(days=1)
    if taken is not None and _OLDEST <= taken <= latest:
        return taken
    changed = datetime.fromtimestamp(max(source.stat().st_mtime, _OLDEST.timestamp()), UTC)
    return min(changed, latest)


def _thumbnails(copy: SmallCopy) -> tuple[tuple[int, bytes], ...]:
    """Of pictures that are larger; the others are shown themselves."""
    largest = max(copy.size.width, copy.size.height)
    small = copy.image
    made = []
    for side in reversed(THUMBNAIL_SIDES_PX):
        small = small.copy()
        small.thumbnail((side, side), Image.Resampling.LANCZOS)
        if side < largest:
            made.append((side, encode_thumbnail(small)))
    return tuple(made)


def _size(batch: Sequence[ReadPicture]) -> int:
    return sum(len(found.content) for found in batch)
