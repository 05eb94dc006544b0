"""What one widget waits for: asyncio tasks that end with it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from PySide6.QtCore import QObject


class Tasks:
    """Starts coroutines on the running loop and cancels them when Qt destroys their owner."""

    def __init__(self, owner: QObject) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        owner.destroyed.connect(self.cancel)

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """It may be cancelled before by whoever has no use for it any more."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def cancel(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
