"""The calls with which files are written so that they last."""

from __future__ import annotations

import os
from pathlib import Path


class DiskCalls:
    """Methods raise OSError; tests make each of them fail in turn."""

    def write(self, descriptor: int, content: memoryview) -> int:
        """Write what the disk takes at once. Returns how many bytes that were."""
        return os.write(descriptor, content)

    def write_all(self, descriptor: int, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            rest = rest[self.write(descriptor, rest) :]

    def sync(self, descriptor: int) -> None:
        os.fsync(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Rename a file or folder; a file at `target` is replaced."""
        source.replace(target)

    def sync_folder(self, folder: Path) -> None:
        """Make a rename in this folder last."""
        sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder last. Windows has no such call and does it by itself.

    Raises:
        OSError: the disk refused.
    """
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
