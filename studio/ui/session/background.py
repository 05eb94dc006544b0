"""What goes on while the artist goes on: actions that take their time."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable

from studio.domain.errors import StudioError
from studio.ui.session.messages import Messages, Notice

log = logging.getLogger(__name__)


class Background:
    """Runs actions as tasks of the loop; what goes wrong in one is told, and the rest goes on."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._tasks: set[asyncio.Task[None]] = set()
        self._lasting: set[asyncio.Task[None]] = set()

    def start(self, work: Callable[..., Awaitable[None]], *arguments: object) -> None:
        """Call `work` as a task of its own, which `close` cancels."""
        self._start(self._tasks, work, *arguments)

    def complete(self, work: Callable[..., Awaitable[None]], *arguments: object) -> None:
        """As `start`, for what must come to its end, such as saving: `close` waits for it."""
        self._start(self._lasting, work, *arguments)

    async def close(self) -> None:
        """Let go of everything that is under way, then return."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._lasting, return_exceptions=True)

    def _start(
        self,
        tasks: set[asyncio.Task[None]],
        work: Callable[..., Awaitable[None]],
        *arguments: object,
    ) -> None:
        task = asyncio.ensure_future(self._guard(work, *arguments))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _guard(self, work: Callable[..., Awaitable[None]], *arguments: object) -> None:
        try:
            await work(*arguments)
        except StudioError as error:
            self._messages.tell(error)
        except Exception:
            log.exception("an action failed")
            self._messages.notice.emit(
                Notice(
                    "Something went wrong inside the studio.",
                    "It goes on; the details help whoever mends it.",
                    details=traceback.format_exc(),
                )
            )
