"""One submitted request, as the loop's thread sees it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Final

from studio.domain.events import Event, JobCancelled, JobFailed
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.mailbox import Mailbox, ends_job, is_passing

# Ten frames a second: enough to watch a picture emerge.
PREVIEW_INTERVAL_S: Final = 0.1


class LocalJob:
    """A `Job` of the local engine.

    Everything but `mailbox` and `control` belongs to the loop's thread. Of quick steps' previews
    only the newest is told, one in `preview_interval_s`: painting takes time from the steps.
    """

    def __init__(
        self,
        request: Request,
        control: Control,
        on_cancel: Callable[[LocalJob], None],
        preview_interval_s: float = PREVIEW_INTERVAL_S,
    ) -> None:
        self.control = control
        self.mailbox = Mailbox()
        self._request = request
        self._on_cancel = on_cancel
        self._preview_interval_s = preview_interval_s
        self._arrived = asyncio.Event()

    def __repr__(self) -> str:
        return f"<LocalJob {self.generation}>"

    @property
    def generation(self) -> int:
        return self.control.generation

    @property
    def request(self) -> Request:
        return self._request

    def cancel(self) -> None:
        """Stop between two steps, or leave the queue. Safe at any time, any number of times."""
        self._on_cancel(self)

    async def events(self) -> AsyncIterator[Event]:
        """The job's events, in order, until the one that ends it. One listener for each job."""
        clock = asyncio.get_running_loop().time
        preview_due = clock()
        while True:
            self._arrived.clear()
            while event := self.mailbox.take(passing=clock() >= preview_due):
                if self.control.cancelled and not isinstance(event, JobFailed):
                    # What the thread said before it saw the flag is late.
                    if not ends_job(event):
                        continue
                    event = JobCancelled(self.generation)
                if is_passing(event):
                    preview_due = clock() + self._preview_interval_s
                yield event
                if ends_job(event):
                    return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(preview_due if preview_due > clock() else None):
                    await self._arrived.wait()

    def wake(self) -> None:
        """Let the listener look into the mailbox."""
        self._arrived.set()
