"""One submitted request, as the loop's thread sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from studio.domain.events import Event, JobCancelled, JobFailed
from studio.domain.request import Request
from studio.domain.stylize import LossWeights
from studio.engine.control import Control
from studio.engine.mailbox import Mailbox, ends_job, is_passing
from studio.engine.preview_pace import PreviewPace


class LocalJob:
    """A `Job` of the local engine.

    Everything but `mailbox` and `control` belongs to the loop's thread. Of quick steps' previews
    only the newest is told, when `pace` says that it is time: painting takes time from the steps.
    """

    def __init__(
        self,
        request: Request,
        control: Control,
        on_cancel: Callable[[LocalJob], None],
        pace: PreviewPace,
    ) -> None:
        self.control = control
        self.mailbox = Mailbox()
        self._request = request
        self._on_cancel = on_cancel
        self._pace = pace
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

    def stop_here(self) -> None:
        """End before the next step with the picture as it is by then, where the task can."""
        self.control.stop_here()

    def go_further(self, steps: int) -> None:
        """From the next step on, take so many steps more than were left, where the task can."""
        self.control.go_further(steps)

    def reweigh(self, weights: LossWeights) -> None:
        """Go on with other weights, where the task has some."""
        self.control.weights = weights

    async def events(self) -> AsyncIterator[Event]:
        """The job's events, in order, until the one that ends it. One listener for each job."""
        loop = asyncio.get_running_loop()
        next_preview: asyncio.TimerHandle | None = None
        try:
            while True:
                self._arrived.clear()
                while event := self.mailbox.take():
                    if self.control.cancelled and not isinstance(event, JobFailed):
                        # What the thread said before it saw the flag is late.
                        if not ends_job(event):
                            continue
                        event = JobCancelled(self.generation)
                    if is_passing(event):
                        self.mailbox.hold_passing()
                        self._pace.on_told()
                        next_preview = loop.call_later(self._pace.interval_s, self._on_preview_due)
                    yield event
                    if ends_job(event):
                        return
                await self._arrived.wait()
        finally:
            if next_preview is not None:
                next_preview.cancel()

    def wake(self) -> None:
        """Let the listener look into the mailbox."""
        self._arrived.set()

    def _on_preview_due(self) -> None:
        self._pace.on_due()
        if self.mailbox.let_pass():
            self.wake()
