"""Disks that wait or fail when a test wants it, in place of the studio's own."""

from __future__ import annotations

import errno
import threading
from pathlib import Path

from studio.library.files.disk import Disk


class GatedDisk(Disk):
    """Begins a file only while its gate is open; counts the files that were begun and renamed."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.gate = threading.Event()
        self.begun = 0
        self.renamed = 0
        if is_open:
            self.gate.set()

    def create(self, path: Path) -> int:
        self.begun += 1
        if not self.gate.wait(20):
            raise TimeoutError("nobody opened the gate")
        return super().create(path)

    def rename(self, source: Path, target: Path) -> None:
        super().rename(source, target)
        self.renamed += 1


class FailingDisk(Disk):
    """Refuses one kind of call once, as a full disk does."""

    def __init__(self, call: str) -> None:
        self._call = call

    def create(self, path: Path) -> int:
        self._refuse("create")
        return super().create(path)

    def sync(self, descriptor: int) -> None:
        self._refuse("sync")
        super().sync(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        self._refuse("rename")
        super().rename(source, target)

    def _refuse(self, call: str) -> None:
        if call == self._call:
            self._call = ""
            raise OSError(errno.ENOSPC, "No space left on device")
