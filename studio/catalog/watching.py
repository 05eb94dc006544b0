"""Noticing that folders have changed, from their own times: no file is opened, no content read."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)


class Watcher:
    """Calls `on_change` when a folder's time of change isn't what it was.

    A folder changes when something in it is added, removed or renamed, which is how programs write
    whole files.

    Args:
        folders: asks for the folders and the times that were seen; 0 for one that wasn't there.
        on_change: called on the watcher's thread.
        interval_s: seconds between looks.
    """

    def __init__(
        self,
        folders: Callable[[], Mapping[str, int]],
        on_change: Callable[[], None],
        interval_s: float,
    ) -> None:
        self._folders = folders
        self._on_change = on_change
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="catalog-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the thread has ended."""
        self._stopping.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._interval_s):
            try:
                if any(_changed_at(path) != seen for path, seen in self._folders().items()):
                    self._on_change()
            except Exception:
                log.exception("Looking for changed models")


def _changed_at(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 -- thousands of times a minute
    except OSError:
        return 0
