"""News from other threads, told on the loop's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable


class OnLoop:
    """Calls `tell` on the loop's thread, wherever it is called itself; several calls that come
    before the loop gets to it are one. Until `begin`, only the thread that made it may call it."""

    def __init__(self, tell: Callable[[], object]) -> None:
        self._tell = tell
        self._thread = threading.get_ident()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._is_due = False

    def begin(self) -> None:
        """Note the running loop, on its thread."""
        self._thread = threading.get_ident()
        self._loop = asyncio.get_running_loop()

    def end(self) -> None:
        """Pass over whatever other threads still have to say."""
        self._loop = None

    def __call__(self, *_news: object) -> None:
        if threading.get_ident() == self._thread:
            self._tell()
            return
        with self._lock:
            loop = self._loop
            if loop is None or self._is_due:
                return
            self._is_due = True
        try:
            loop.call_soon_threadsafe(self._tell_now)
        except RuntimeError:
            return  # the loop has ended: nobody is there to hear it

    def _tell_now(self) -> None:
        with self._lock:
            self._is_due = False
            has_ended = self._loop is None
        if not has_ended:
            self._tell()
