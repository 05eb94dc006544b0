"""Whether another process has the same history open, and since when this one has."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from studio.library.files.disk import TEMPORARY_PREFIX, TEMPORARY_SUFFIX


class Presence:
    """Tells whether another process has the same history open, by a lock that dies with it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        try:
            self.alone = self._lock(exclusive=True, wait=False)
            if not self.alone:
                # Whoever is alone brings index and files into agreement first.
                self._lock(exclusive=False, wait=True)
        except BaseException:
            self._file.close()
            raise

    def share(self) -> None:
        """Let others in; they will know that they aren't alone."""
        self._lock(exclusive=False, wait=True)

    def close(self) -> None:
        self._file.close()

    def _lock(self, *, exclusive: bool, wait: bool) -> bool:
        if sys.platform == "win32":
            return True
        import fcntl

        mode = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        try:
            fcntl.flock(self._file, mode if wait else mode | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def now_ns(folder: Path) -> int:
    """What a file that is written now would be dated, on the disk's own clock."""
    probe = folder / f"{TEMPORARY_PREFIX}now{TEMPORARY_SUFFIX}"
    try:
        probe.touch()
        now_ns = probe.stat().st_mtime_ns
        probe.unlink()
    except OSError:
        return time.time_ns()
    return now_ns
