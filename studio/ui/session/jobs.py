"""From a request to a picture in the history: follows the engine's jobs to their end."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from psygnal import Signal

from studio.domain.errors import StudioError
from studio.domain.events import (
    FinishProgress,
    ImageReady,
    JobCancelled,
    JobFailed,
    JobStarted,
    StepPreview,
)
from studio.domain.request import Request
from studio.domain.task import Task
from studio.engine import Engine, Job
from studio.library import Library, Picture
from studio.ui.session.background import Background
from studio.ui.session.emergence import Emergence
from studio.ui.session.messages import Messages
from studio.ui.session.progress import JobStage, Progress
from studio.ui.session.shown import Shown


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What came of a job: its pixels, and its picture in the history unless the disk refused."""

    ready: ImageReady
    picture: Picture | None


class Jobs:
    """Queues requests, shows how their pictures emerge and puts these into the history."""

    progress_changed: ClassVar[Signal] = Signal()

    def __init__(
        self,
        engine: Engine,
        library: Library,
        shown: Shown,
        messages: Messages,
        background: Background,
    ) -> None:
        self.progress: Progress | None = None
        self._engine = engine
        self._library = library
        self._shown = shown
        self._messages = messages
        self._background = background
        self._emergences: dict[int, Emergence] = {}

    def submit(self, request: Request) -> None:
        """Put a request at the end of the queue; its picture is put on show when it begins."""
        self._shown.follows_jobs = True
        emergence = Emergence(request.finished_size, request.num_inference_steps)
        self._background.start(self._show, self._engine.submit(request), emergence)

    def stop(self) -> None:
        """Stop the running job between two steps or tiles; what waits goes on."""
        if self._engine.running is not None:
            self._engine.running.cancel()

    def watch(self) -> None:
        """Bring the running job's emerging picture back to the canvas."""
        self._shown.follows_jobs = True
        running = self._engine.running
        if running is not None and running.generation in self._emergences:
            self._shown.put(self._emergences[running.generation], None)

    def set_progress(self, progress: Progress | None) -> None:
        """Say how far the running job is; None when none runs."""
        if progress != self.progress:
            self.progress = progress
            self.progress_changed.emit()

    async def _show(self, job: Job, emergence: Emergence) -> None:
        await self.follow(job, emergence, on_show=True)

    async def follow(self, job: Job, emergence: Emergence, *, on_show: bool) -> Made | None:
        """Take in what a job tells until its end: its steps go into `emergence`, its picture into
        the history. What came of it; None if it was cancelled or failed.

        `on_show`: the picture emerges on the canvas, unless the artist looks at another one.
        """
        request, made = job.request, None
        upscales = request.task is Task.UPSCALE
        before: tuple[Emergence | None, Picture | None] = (None, None)
        async for event in job.events():
            match event:
                case JobStarted():
                    if on_show:
                        self._emergences[job.generation] = emergence
                    stage = JobStage.UPSCALING if upscales else JobStage.DENOISING
                    total = max(request.num_inference_steps, 1)
                    self.set_progress(Progress(0, total, 0.0, None, stage))
                    before = self._shown.emergence, self._shown.picture
                    if on_show and self._shown.follows_jobs:
                        self._shown.put(emergence, None)
                    if upscales:
                        await self._show_source(request, emergence)
                case StepPreview():
                    emergence.total_steps = event.total_steps
                    emergence.add(event.step, event.pixels[0])
                    self.set_progress(Progress.of(event))
                case FinishProgress():
                    self.set_progress(Progress.of(event))
                case ImageReady():
                    made = await self._record(job, event, emergence)
                case JobFailed():
                    self._messages.tell(event.error)
                case JobCancelled():
                    pass
        if upscales and not emergence.is_complete and self._shown.emergence is emergence:
            # There are no steps to look at: back to what was there.
            self._shown.put(*before)
        self._emergences.pop(job.generation, None)
        if self._engine.running is None:
            self.set_progress(None)
        return made

    async def _show_source(self, request: Request, emergence: Emergence) -> None:
        """What is upscaled stands where the larger picture will be."""
        if request.init_image is None:
            return
        # If it is gone the engine says so.
        with suppress(StudioError):
            digest = request.init_image.digest
            emergence.add(0, await asyncio.to_thread(self._library.input_pixels, digest))

    async def _record(self, job: Job, ready: ImageReady, emergence: Emergence) -> Made:
        previews = ready.previews[:, 0] if len(ready.previews) else None
        picture: Picture | None = None
        try:
            picture = await self._library.record(
                ready.images[0],
                ready.request or job.request,
                elapsed_s=ready.elapsed_s,
                previews=previews,
                snapshots=ready.snapshots,
            )
        except StudioError as error:
            # Nothing is lost: the picture stays on the canvas, from where it can be exported.
            self._messages.tell(error)
        emergence.complete(ready.images[0], previews)
        if self._shown.emergence is emergence:
            self._shown.put(emergence, picture)
        return Made(ready, picture)
