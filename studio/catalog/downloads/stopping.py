"""Stopping a download from another thread, at once, whatever it is waiting for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopped(Exception):
    """Somebody paused or cancelled; raised in the download's own thread."""


class Stop:
    """A download's brake. Once pulled it stays so; each start gets a new one."""

    def __init__(self) -> None:
        self._pulled = threading.Event()
        self._lock = threading.Lock()
        self._abort: Callable[[], None] | None = None

    @property
    def is_pulled(self) -> bool:
        return self._pulled.is_set()

    def pull(self) -> None:
        """Stop; any thread. What the download waits for at this moment is broken off."""
        with self._lock:
            self._pulled.set()
            if self._abort is not None:
                self._abort()

    def check(self) -> None:
        """Raises Stopped once pulled."""
        if self._pulled.is_set():
            raise Stopped

    def wait(self, seconds: float) -> None:
        """Wait; raises Stopped as soon as it is pulled."""
        if self._pulled.wait(seconds):
            raise Stopped

    @contextmanager
    def breaking_off(self, abort: Callable[[], None]) -> Iterator[None]:
        """While the block runs, `pull` calls `abort`, on the thread that pulls.

        Raises:
            Stopped: it was pulled before or meanwhile, whatever the block came to.
        """
        with self._lock:
            self.check()
            self._abort = abort
        try:
            yield
        finally:
            with self._lock:
                self._abort = None
            # What it came to, an error or an early end, came from being broken off.
            self.check()
