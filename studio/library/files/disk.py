"""Durable writes: a file is whole and on the disk, or it isn't there at all.

Order of every write: temporary file in the same folder, write, fsync, rename, fsync of the folder.
"""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from studio.disk import DiskCalls
from studio.domain.errors import StorageError

TEMPORARY_PREFIX: Final = ".pentimento-"
TEMPORARY_SUFFIX: Final = ".tmp"
# Nothing takes this long to write: it isn't another window's.
_STRAY_S: Final = 24 * 3600


class Disk(DiskCalls):
    """The studio's way to write files. Methods raise OSError; `storage_errors` puts it in words.

    The small methods are the points where a disk can fail; tests make each of them fail in turn.
    """

    def write_new(self, path: Path, content: bytes) -> None:
        """Write a file that isn't there yet.

        Raises:
            FileExistsError: something of that name is there; it stays untouched.
        """
        self._rename_to_new(self._write_temporary(path.parent, content), path)

    def write_new_with(self, path: Path, write: Callable[[IO[bytes]], None]) -> None:
        """As `write_new`, with what `write` puts into the stream, which needn't fit into memory."""
        self._rename_to_new(self._stream_temporary(path.parent, write), path)

    def replace(self, path: Path, content: bytes) -> None:
        """Write a file; one of the same name is replaced by it at once, or kept if this fails."""
        self._replace(path, content)
        self.sync_folder(path.parent)

    def replace_soon(self, path: Path, content: bytes) -> None:
        """As `replace`, without waiting for the disk: after a power cut the file may be gone or
        damaged. For what can be made again and is looked at before it is trusted."""
        self._replace(path, content, sync=False)

    def replace_with(self, path: Path, write: Callable[[IO[bytes]], None]) -> None:
        """As `replace`, with what `write` puts into the stream, which needn't fit into memory."""
        temporary = self._stream_temporary(path.parent, write)
        try:
            self.rename(temporary, path)
        except BaseException:
            self.remove(temporary)
            raise
        self.sync_folder(path.parent)

    def make_folder(self, path: Path) -> None:
        """Make a folder and those above it, so that they survive a power cut."""
        if path.is_dir():
            return
        if path.parent != path:
            self.make_folder(path.parent)
        path.mkdir(exist_ok=True)
        self.sync_folder(path.parent)

    def remove(self, path: Path) -> None:
        """Remove a file of ours that must not stay; one that can't be removed is left."""
        with suppress(OSError):
            path.unlink()

    def sweep(self, folder: Path) -> None:
        """Remove what a process that died more than a day ago was writing in this folder."""
        with suppress(OSError):
            for path in folder.glob(f"{TEMPORARY_PREFIX}*{TEMPORARY_SUFFIX}"):
                if time.time() - path.stat().st_mtime > _STRAY_S:
                    self.remove(path)

    def create(self, path: Path) -> int:
        """Create a file that isn't there yet and open it for writing, and for reading back."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)

    def _replace(self, path: Path, content: bytes, *, sync: bool = True) -> None:
        temporary = self._write_temporary(path.parent, content, sync=sync)
        try:
            self.rename(temporary, path)
        except BaseException:
            self.remove(temporary)
            raise

    def _temporary(self, folder: Path) -> Path:
        return folder / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}{TEMPORARY_SUFFIX}"

    def _rename_to_new(self, temporary: Path, path: Path) -> None:
        try:
            # Renaming alone would replace a file that appeared meanwhile. Taking the name first
            # can't, on any file system, and what the rename then replaces is ours and empty.
            os.close(self.create(path))
            try:
                self.rename(temporary, path)
                self.sync_folder(path.parent)
            except BaseException:
                self.remove(path)
                raise
        except BaseException:
            self.remove(temporary)
            raise

    def _stream_temporary(self, folder: Path, write: Callable[[IO[bytes]], None]) -> Path:
        path = self._temporary(folder)
        try:
            with os.fdopen(self.create(path), "w+b") as stream:
                write(stream)
                stream.flush()
                self.sync(stream.fileno())
        except BaseException:
            self.remove(path)
            raise
        return path

    def _write_temporary(self, folder: Path, content: bytes, *, sync: bool = True) -> Path:
        path = self._temporary(folder)
        descriptor = self.create(path)
        try:
            try:
                self.write_all(descriptor, content)
                if sync:
                    self.sync(descriptor)
            finally:
                os.close(descriptor)
        except BaseException:
            self.remove(path)
            raise
        return path


def is_temporary(name: str) -> bool:
    """Whether a file of this name is one that `Disk` had not yet finished."""
    return name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX)


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Put an OSError of the block into a sentence about `path`.

    Raises:
        StorageError: instead of any OSError.
    """
    try:
        yield
    except OSError as error:
        raise storage_error(error, path) from error


def storage_error(error: OSError, path: Path) -> StorageError:
    """The sentence and the way out for what the disk said about writing `path`."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return StorageError(
                f"The disk is full: “{path}” wasn't saved.", "Free some space, then try again."
            )
        case errno.EFBIG:
            return StorageError(
                f"“{path}” is larger than this disk allows and wasn't saved.",
                "Choose a folder on another disk.",
            )
        case errno.EACCES | errno.EPERM:
            return StorageError(
                f"The studio may not write “{path}”.",
                "Allow writing into that folder or choose another.",
            )
        case errno.EROFS:
            return StorageError(
                f"“{path}” lies on a disk that can only be read.",
                "Choose a folder on another disk.",
            )
        case errno.EEXIST:
            return StorageError(f"There is already a file “{path}”.", "Choose another name.")
        case errno.ENOENT | errno.ENOTDIR:
            return StorageError(
                f"There is no folder for “{path}”.", "Make the folder or choose another."
            )
        case _:
            reason = error.strerror or type(error).__name__
            return StorageError(
                f"“{path}” couldn't be saved: {reason}.", "Try again or choose another folder."
            )
