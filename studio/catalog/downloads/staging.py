"""Where downloads lie until they are whole: “.downloads” in the models' folder, on the same disk,
so that a finished one takes its place in one rename. The catalog looks at nothing below it.

    .downloads/3f9c…/download.json      what is fetched, and how far it came
    .downloads/3f9c…/content/unet/….safetensors.part, ….part.json
    .downloads/3f9c….lock               held by the process that fetches it
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from studio.catalog.bounded import MAX_JSON_BYTES, read_object
from studio.catalog.downloads.destinations import Destination
from studio.catalog.downloads.disk import Disk
from studio.catalog.downloads.names import clean_name
from studio.catalog.downloads.part import Part
from studio.catalog.downloads.plan import Plan
from studio.catalog.downloads.sources import read_source
from studio.disk import FileLock
from studio.domain.errors import DownloadError, ModelRefused

log = logging.getLogger(__name__)

FOLDER: Final = ".downloads"
_NOTES: Final = "download.json"
_CONTENT: Final = "content"
_LOCK_SUFFIX: Final = ".lock"
_ID: Final = re.compile(r"[0-9a-f]{16}")
_MAX_DOWNLOADS: Final = 1_000
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asked for. `source` is what `read_source` reads; `title` empty unless an offer
    gave it one; `destination` None where the file itself is to tell; `saved_as` empty for the name
    that it brings along."""

    source: str
    title: str = ""
    destination: Destination | None = None
    variant: str = ""
    saved_as: str = ""

    def is_same(self, other: Order) -> bool:
        """Whether both would fetch the same to the same place."""
        return replace(self, title="") == replace(other, title="")


@dataclass(frozen=True, slots=True)
class Notes:
    """What is kept of a download on the disk. `plan` is None until the server was asked;
    `is_whole` says that all of it came and was looked at, and is on its way to its place; `error`
    is why it ended, `is_refused` whether what came is of no use."""

    order: Order
    plan: Plan | None = None
    is_whole: bool = False
    error: str = ""
    is_refused: bool = False


class Staged:
    """One download's folder. One thread at a time, except `notes`, which is replaced whole."""

    def __init__(self, folder: Path, notes: Notes, disk: Disk) -> None:
        self.folder = folder
        self.content = folder / _CONTENT
        self.notes = notes
        self._disk = disk
        self._lock: FileLock | None = None

    @property
    def id(self) -> str:
        return self.folder.name

    def keep(self, **changes: Any) -> None:
        """Change the notes, here and on the disk. Raises OSError."""
        self.notes = replace(self.notes, **changes)
        record = {
            "version": _VERSION,
            "order": asdict(self.notes.order),
            "plan": self.notes.plan.to_record() if self.notes.plan else None,
            "is_whole": self.notes.is_whole,
            "error": self.notes.error,
            "is_refused": self.notes.is_refused,
        }
        self._disk.make_folder(self.folder)
        # An address may hold somebody's key in its query.
        self._disk.replace(self.folder / _NOTES, json.dumps(record).encode(), is_private=True)

    def done_bytes(self) -> int:
        """How much of it lies there."""
        files = self.notes.plan.files if self.notes.plan else ()
        return sum(part.bytes_there for part in (Part(self.content, f, self._disk) for f in files))

    def take(self) -> bool:
        """Make it this process's own; False while another one fetches it. Raises OSError."""
        if self._lock is None:
            self._disk.make_folder(self.folder)
            self._lock = FileLock.taken(self.folder.with_suffix(_LOCK_SUFFIX))
        return self._lock is not None

    def release(self) -> None:
        """Let others take it. The system does so too when the process ends, however it does."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def remove(self) -> None:
        """Remove all of it; what can't be removed is left."""
        self._disk.remove(self.folder)
        self._disk.remove(self.folder.with_suffix(_LOCK_SUFFIX))
        with suppress(OSError):
            self.folder.parent.rmdir()  # once nothing else lies there


def new(models: Path, order: Order, disk: Disk) -> Staged:
    """A download that begins; nothing is written yet."""
    # Sorted by name they are sorted by when they were begun.
    identity = f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(2)}"
    return Staged(models / FOLDER / identity, Notes(order), disk)


def left_behind(models: Path, disk: Disk) -> Iterator[Staged]:
    """The downloads that lie there, begun earlier or by another process. Those whose notes can't
    be read are passed over and stay."""
    try:
        folders = sorted((models / FOLDER).iterdir())[:_MAX_DOWNLOADS]
    except OSError:
        return  # nothing was ever downloaded
    for folder in folders:
        if not _ID.fullmatch(folder.name) or folder.is_symlink() or not folder.is_dir():
            continue
        try:
            yield Staged(folder, _read_notes(folder / _NOTES), disk)
        except (ModelRefused, DownloadError) as error:
            log.warning("The download in %s is passed over: %s", folder, error)


def _read_notes(path: Path) -> Notes:
    record = read_object(path, MAX_JSON_BYTES)
    try:
        if record["version"] != _VERSION:
            raise ValueError("of a newer studio")
        return Notes(
            _read_order(record["order"]),
            None if record["plan"] is None else Plan.from_record(record["plan"]),
            record["is_whole"] is True,
            str(record["error"]),
            record["is_refused"] is True,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DownloadError(f"{path.name} is damaged.") from error


def _read_order(record: Any) -> Order:
    destination, saved_as = record["destination"], str(record["saved_as"])
    if saved_as and saved_as != clean_name(saved_as):
        raise ValueError(saved_as)
    read_source(record["source"])
    return Order(
        str(record["source"]),
        str(record["title"]),
        None if destination is None else Destination(destination),
        str(record["variant"]),
        saved_as,
    )
