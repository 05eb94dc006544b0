"""Where journals lie: one folder for each window, and a lock that lives as long as its process."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

from studio.disk import FileLock
from studio.document.journal.journal import ROOM_BYTES, Journal
from studio.domain.errors import StorageError

_SUFFIX: Final = ".journal"
_LOCK_SUFFIX: Final = ".lock"


class JournalFolder:
    """The journals of one window, in a folder of their own below `root`.

    Raises:
        StorageError: the folder can't be made.
    """

    def __init__(self, root: Path) -> None:
        name = uuid4().hex
        self._path = root / name
        self._made = 0
        try:
            root.mkdir(parents=True, exist_ok=True)
            # Locked before it is there: nobody takes it for one that was left behind.
            lock = FileLock.taken(root / f"{name}{_LOCK_SUFFIX}")
            self._path.mkdir()
        except OSError as error:
            raise StorageError(
                f"What you do can't be kept safe in “{root}”: {error.strerror or error}.",
                "Save often, and allow writing into that folder.",
            ) from error
        if lock is None:
            raise RuntimeError("another window has a new folder's name")
        self._lock = lock

    def new(self, room_bytes: int = ROOM_BYTES) -> Journal:
        """A journal for another document."""
        self._made += 1
        return Journal(self._path / f"{self._made}{_SUFFIX}", room_bytes)

    def close(self) -> None:
        """Let go of the folder. Journals in it stay for the next start; an empty one goes."""
        with suppress(OSError):
            self._path.rmdir()
            self._lock.path.unlink()
        self._lock.release()


class LeftBehind:
    """The journals of a window that is no more, held so that no other window offers them too."""

    def __init__(self, path: Path, lock: FileLock) -> None:
        self._path = path
        self._lock = lock

    @property
    def journals(self) -> list[Path]:
        """The files, the one written last first."""
        found = self._path.glob(f"*{_SUFFIX}")
        return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)

    def remove(self, journal: Path) -> None:
        """Remove a journal that was recovered, or isn't wanted."""
        with suppress(OSError):
            journal.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of them; those that weren't removed can be offered again."""
        with suppress(OSError):
            if not self.journals:
                shutil.rmtree(self._path)
                self._lock.path.unlink()
        self._lock.release()


def left_behind(root: Path) -> list[LeftBehind]:
    """Take hold of what windows left behind that no longer are. Close each of them."""
    found = []
    with suppress(OSError):
        for folder in sorted(path for path in root.iterdir() if path.is_dir()):
            lock = FileLock.taken(folder.with_suffix(_LOCK_SUFFIX))
            if lock is not None:
                found.append(LeftBehind(folder, lock))
    return found
