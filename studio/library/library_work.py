"""What all parts of the library share: its store, its signals, and work that isn't cut short."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from psygnal import Signal

from studio.library.picture import Picture
from studio.library.store import Store

_T = TypeVar("_T")


class LibraryWork:
    """Belongs to the loop's thread; signals are emitted there."""

    recorded = Signal(Picture)
    """A picture is finished: it is on the disk."""
    added = Signal(list)
    """These pictures (list[Picture]) were found on the disk, or imported."""
    removed = Signal(list)
    """These pictures (list[Picture]) went to the trash, or their files are gone."""
    changed = Signal(list)
    """Something else is said of these pictures (list[Picture]): stars, tags, or their steps."""
    collections_changed = Signal()
    """There are other collections, or other pictures in them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._unfinished: set[asyncio.Task[Any]] = set()

    async def _finish(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do the work to its end even if whoever waits for it is cancelled."""
        task = asyncio.ensure_future(work)
        self._keep(task)
        return await asyncio.shield(task)

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._unfinished.add(task)
        task.add_done_callback(self._unfinished.discard)
