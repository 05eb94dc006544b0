"""What downloads do to the disk, in the calls at which one can fail."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from studio.disk import DiskCalls
from studio.domain.errors import StorageError

_TEMPORARY: Final = ".tmp"


class Disk(DiskCalls):
    """The studio's way to keep downloads. Methods raise OSError; `disk_in_words` says it."""

    def free_bytes(self, folder: Path) -> int:
        return shutil.disk_usage(folder).free

    def make_folder(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)

    def open_for_adding(self, path: Path) -> int:
        """A descriptor at the end of a file, which is made if it isn't there."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        return os.open(path, flags, 0o666)

    def replace(self, path: Path, content: bytes, *, is_private: bool = False) -> None:
        """Write a small file: whole, or as it was before. A private one is its owner's to read."""
        temporary = path.with_name(path.name + _TEMPORARY)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
        descriptor = os.open(temporary, flags, 0o600 if is_private else 0o666)
        try:
            self.write_all(descriptor, content)
            self.sync(descriptor)
        finally:
            os.close(descriptor)
        self.rename(temporary, path)
        self.sync_folder(path.parent)

    def remove(self, path: Path) -> None:
        """Remove a file or folder of ours; what can't be removed is left."""
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()


@contextmanager
def disk_in_words(folder: Path) -> Iterator[None]:
    """Put an OSError of the block into a sentence about `folder`.

    Raises:
        StorageError: instead of any OSError.
    """
    try:
        yield
    except OSError as error:
        match error.errno:
            case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
                raise StorageError(
                    f"The disk with “{folder}” is full.",
                    "Free some space, then resume: what is there stays.",
                ) from error
            case errno.EACCES | errno.EPERM | errno.EROFS:
                raise StorageError(
                    f"The studio may not write into “{folder}”.",
                    "Allow it, or choose another folder for models; then resume.",
                ) from error
            case _:
                reason = error.strerror or type(error).__name__
                raise StorageError(
                    f"“{folder}” couldn't be written: {reason}.", "Resume to try again."
                ) from error


def size_in_words(size_bytes: float) -> str:
    """“3.2 GB”, “410 MB”, “12 kB”: decimal, as model pages say it."""
    for factor, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size_bytes >= factor:
            value = size_bytes / factor
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{size_bytes:.0f} bytes"
