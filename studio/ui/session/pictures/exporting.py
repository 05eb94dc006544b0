"""Files that take their time: with a bar, a way out, and a word when they are there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from studio.ui.session.background import Background
from studio.ui.session.long_tasks import Cancelled, LongTask, LongTasks
from studio.ui.session.messages import Messages, Notice


class Exporting:
    """Writes files beside the loop; the window stays until they are whole."""

    def __init__(self, messages: Messages, background: Background, tasks: LongTasks) -> None:
        self._messages = messages
        self._background = background
        self._tasks = tasks

    def begin(self, path: Path, write: Callable[[LongTask], Sequence[Path] | None]) -> None:
        """Write a file at `path`, or several beside it.

        Args:
            write: does it, on another thread; tells the task how far it is. It may return which
                files there are; else it is the one.
        """
        self._background.complete(self._run, path, write)

    async def _run(self, path: Path, write: Callable[[LongTask], Sequence[Path] | None]) -> None:
        with self._tasks.begun(f"Exporting “{path.name}”", is_saving=True) as task:
            try:
                made = await asyncio.to_thread(write, task) or [path]
            except Cancelled:
                return
        if len(made) == 1:
            sentence = f"Saved as “{made[0].name}”."
        else:
            sentence = f"Saved {len(made)} pages in “{path.parent.name}”."
        self._messages.notice.emit(Notice(sentence, is_error=False))
