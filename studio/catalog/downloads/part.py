"""A file that isn't whole yet: its bytes in “name.part”, what they are part of in
“name.part.json” beside it.

Those notes are written before the first byte, so bytes never lie there without them; what was
there before is read again for the checksum when the download goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from studio.catalog.bounded import read_object
from studio.catalog.downloads.disk import Disk
from studio.catalog.downloads.plan import RemoteFile
from studio.catalog.downloads.stopping import Stop
from studio.domain.errors import DownloadError, ModelRefused

SUFFIX: Final = ".part"
_BLOCK_BYTES: Final = 1 << 20
_NOTES_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Version:
    """Which version of a file a server sends: `etag` and `last_modified` as it says them, empty
    where it doesn't; `size_bytes` 0 where unknown."""

    etag: str = ""
    last_modified: str = ""
    size_bytes: int = 0

    @property
    def validator(self) -> str:
        """What If-Range takes: a strong etag, or else the date; empty if there is neither."""
        if self.etag.startswith('"'):
            return self.etag
        return "" if self.etag else self.last_modified

    def may_be(self, other: Version) -> bool:
        """Whether nothing that both say differs."""
        pairs = (
            (self.etag, other.etag),
            (self.last_modified, other.last_modified),
            (self.size_bytes, other.size_bytes),
        )
        return all(not mine or not theirs or mine == theirs for mine, theirs in pairs)


class Part:
    """The part of `file` below `folder`. One thread."""

    def __init__(self, folder: Path, file: RemoteFile, disk: Disk) -> None:
        self.file = file
        self.target = folder / file.path
        self.path = self.target.with_name(self.target.name + SUFFIX)
        self._notes = self.path.with_name(self.path.name + ".json")
        self._disk = disk
        self.version = Version()
        self._restart_sums()

    @property
    def is_finished(self) -> bool:
        return self.target.is_file()

    @property
    def length(self) -> int:
        """How many bytes lie on the disk."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    @property
    def bytes_there(self) -> int:
        """Of the part, or of the finished file."""
        return self.target.stat().st_size if self.is_finished else self.length

    def open(self) -> None:
        """Look at what is there already; what can't be gone on with is removed. Raises OSError."""
        self._disk.make_folder(self.path.parent)
        try:
            notes = read_object(self._notes, _NOTES_BYTES)
            same = notes.pop("url") == self.file.url and notes.pop("sha256") == self.file.sha256
            self.version = _version(notes)
        except (ModelRefused, KeyError, TypeError, ValueError):
            same = False
        # Without a checksum or a sign of the version, old and new bytes might not belong together.
        if not same or not (self.file.sha256 or self.version.validator):
            self.clear()

    def clear(self) -> None:
        """Forget what is there."""
        self._disk.remove(self.path)
        self._disk.remove(self._notes)
        self.version = Version()
        self._restart_sums()

    def begin(self, version: Version) -> None:
        """Be a part of `version` from its first byte on. Raises OSError."""
        self.clear()
        self.version = version
        notes = {"url": self.file.url, "sha256": self.file.sha256, **asdict(version)}
        self._disk.replace(self._notes, json.dumps(notes).encode())

    def catch_up(self, stop: Stop) -> None:
        """Read what was there before into the sums. Raises OSError, Stopped."""
        if self._hashed_bytes == self.length:
            return
        self._restart_sums()
        with self.path.open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                stop.check()
                self._add_to_sums(block)

    def add(self, descriptor: int, content: bytes) -> None:
        """Append to the file that `descriptor` is open on. Raises OSError."""
        self._disk.write_all(descriptor, content)
        self._add_to_sums(content)

    def open_for_adding(self) -> int:
        """Raises OSError. Close the descriptor."""
        return self._disk.open_for_adding(self.path)

    def finish(self) -> None:
        """Take its own name, once its sums are right.

        Raises:
            DownloadError: it isn't what was announced; nothing of it is kept.
            OSError: the disk failed; it stays a part.
        """
        if (wrong := self._what_is_wrong()) is not None:
            self.clear()
            raise DownloadError(wrong, "Resume to fetch it anew.")
        descriptor = self.open_for_adding()
        try:
            self._disk.sync(descriptor)
        finally:
            os.close(descriptor)
        self._disk.rename(self.path, self.target)
        self._disk.sync_folder(self.target.parent)
        self._disk.remove(self._notes)

    @property
    def sha256(self) -> str:
        """Of what is there, once `catch_up` was called."""
        return self._sha256.hexdigest()

    def _what_is_wrong(self) -> str | None:
        name, expected = self.target.name, self.file.size_bytes
        if expected and self.length != expected:
            return f"{name} came with {self.length} bytes where {expected} were announced."
        if self.file.sha256 and self.sha256 != self.file.sha256:
            return f"{name} isn't what was announced: its sha256 differs."
        if not self.file.sha256 and self.file.git_sha1 not in ("", self._git.hexdigest()):
            return f"{name} isn't what was announced: its checksum differs."
        return None

    def _restart_sums(self) -> None:
        self._sha256 = hashlib.sha256()
        # Git's name for a file's content is the sha1 of this line and the content.
        line = f"blob {self.file.size_bytes}\0".encode()
        self._git = hashlib.sha1(line, usedforsecurity=False)
        self._hashed_bytes = 0

    def _add_to_sums(self, content: bytes) -> None:
        self._sha256.update(content)
        if self.file.git_sha1 and not self.file.sha256:
            self._git.update(content)
        self._hashed_bytes += len(content)


def _version(notes: dict[str, Any]) -> Version:
    version = Version(**notes)
    texts = isinstance(version.etag, str) and isinstance(version.last_modified, str)
    if not texts or type(version.size_bytes) is not int or version.size_bytes < 0:
        raise ValueError("no version")
    return version
