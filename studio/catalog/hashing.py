"""Hashes of files that are in use: computed beside the work, so that nobody waits for them."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from pathlib import Path

from studio.catalog.checksums import Checksums


class BackgroundHashing:
    """Computes hashes one file after the other, on a thread that ends when there is no more."""

    def __init__(self, checksums: Checksums) -> None:
        self._checksums = checksums
        self._waiting: deque[Path] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, path: Path) -> None:
        """Let the hashes of a file be computed, unless that is coming. Returns at once."""
        with self._lock:
            if path not in self._waiting:
                self._waiting.append(path)
            if self._thread is None:
                # Whoever closes the studio doesn't wait for it: the next use begins anew.
                self._thread = threading.Thread(target=self._work, name="hashing", daemon=True)
                self._thread.start()

    def wait(self) -> None:
        """Until all are computed."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                path = self._waiting[0]
            with suppress(OSError):  # gone or unreadable: then it has none
                self._checksums.hashes(path)
            with self._lock:
                self._waiting.popleft()
