"""From a request to a picture in the history: follows the engine's jobs to their end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Final

from psygnal import Signal

from studio.domain.branch import Branch
from studio.domain.errors import StudioError
from studio.domain.events import (
    FinishProgress,
    ImageReady,
    JobCancelled,
    JobFailed,
    JobStarted,
    Pixels,
    StepPreview,
)
from studio.domain.request import Request
from studio.domain.task import Task
from studio.engine import Engine, Job
from studio.library import Library, Picture
from studio.ui.session.background import Background
from studio.ui.session.emergence import Emergence
from studio.ui.session.messages import Messages
from studio.ui.session.pictures.origins import Origin
from studio.ui.session.progress import JobStage, Progress
from studio.ui.session.recording import record
from studio.ui.session.shown import Shown

_NOWHERE: Final = Origin()


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What came of a job: its pixels, and its picture in the history unless the disk refused or it
    wasn't to be kept."""

    ready: ImageReady
    picture: Picture | None


class Jobs:
    """Queues requests, shows how their pictures emerge and puts these into the history.

    `drawing` is what the running job draws, if it takes steps that it can be ended at, or more of.

    Signals:
        progress_changed(): `progress` is another one.
        drawing_changed(): `drawing` is another one.
        ended_early(Emergence): the artist ended a picture before its last step, and it was kept.
    """

    progress_changed: ClassVar[Signal] = Signal()
    asked: ClassVar[Signal] = Signal(Request)
    """A job of this request waits for its turn."""
    drawing_changed: ClassVar[Signal] = Signal()
    ended_early: ClassVar[Signal] = Signal(Emergence)

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
        self.drawing: Emergence | None = None

    def submit(
        self, request: Request, earlier: Sequence[Pixels] = (), origin: Origin = _NOWHERE
    ) -> None:
        """Put a request at the end of the queue; its picture is put on show when it begins.

        `earlier` are the frames of the steps that a branch has in common with its parent, if they
        are known.
        """
        self._shown.follows_jobs = True
        emergence = Emergence.of_request(request, earlier)
        self._background.start(self._show, self._engine.submit(request), emergence, origin)

    def stop(self) -> None:
        """Stop the running job between two steps or tiles; what waits goes on."""
        if self._engine.running is not None:
            self._engine.running.cancel()

    def stop_here(self) -> None:
        """End the running job before its next step, and keep the picture as it is by then."""
        if self._engine.running is not None and self.drawing is not None:
            self._engine.running.stop_here()

    def go_further(self, steps: int) -> None:
        """Have the running job take that many steps more than it would."""
        if self._engine.running is not None and self.drawing is not None:
            self._engine.running.go_further(steps)

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

    def _set_drawing(self, emergence: Emergence | None) -> None:
        self.drawing = emergence
        self.drawing_changed.emit()

    async def _show(self, job: Job, emergence: Emergence, origin: Origin) -> None:
        await self.follow(job, emergence, on_show=True, origin=origin)

    async def follow(
        self,
        job: Job,
        emergence: Emergence,
        *,
        on_show: bool,
        is_kept: bool = True,
        origin: Origin = _NOWHERE,
    ) -> Made | None:
        """Take in what a job tells until its end: its steps go into `emergence`, its picture into
        the history. What came of it; None if it was cancelled or failed.

        `on_show`: the picture emerges on the canvas, unless the artist looks at another one.
        `is_kept`: it goes into the history, with its `origin`.
        """
        request, made = job.request, None
        self.asked.emit(request)
        upscales = request.task is Task.UPSCALE
        before: tuple[Emergence | None, Picture | None] = (None, None)
        if request.branch is not None and not emergence.has_frames:
            emergence.begin_with(await self._frames_before(request.branch))
        async for event in job.events():
            match event:
                case JobStarted():
                    if on_show:
                        self._emergences[job.generation] = emergence
                    if request.task.needs_model and is_kept:
                        self._set_drawing(emergence)
                    stage = JobStage.UPSCALING if upscales else JobStage.DENOISING
                    total = max(request.whole_way, 1)
                    self.set_progress(Progress(0, total, 0.0, None, stage))
                    before = self._shown.emergence, self._shown.picture
                    if on_show and self._shown.follows_jobs:
                        self._shown.put(emergence, None)
                    if upscales:
                        await self._show_source(request, emergence)
                case StepPreview():
                    _note_total(emergence, event.total_steps)
                    if event.pixels.size:
                        emergence.add(event.step, event.pixels[0])
                    self.set_progress(Progress.of(event))
                case FinishProgress():
                    self.set_progress(Progress.of(event))
                case ImageReady():
                    kept = origin if is_kept else None
                    made = await self._take_in(job, event, emergence, kept)
                case JobFailed():
                    self._messages.tell(event.error)
                case JobCancelled():
                    pass
        has_steps = emergence.has_frames and not upscales
        if not (has_steps or emergence.is_complete) and self._shown.emergence is emergence:
            # There is nothing to look at: back to what was there.
            self._shown.put(*before)
        self._emergences.pop(job.generation, None)
        if self.drawing is emergence:
            self._set_drawing(None)
        if self._engine.running is None:
            self.set_progress(None)
        return made

    async def _frames_before(self, branch: Branch) -> Sequence[Pixels]:
        """The frames that a branch has in common with its parent, if all are in the history."""
        parent = branch.parent
        try:
            picture = await asyncio.to_thread(self._library.made_by, parent.digest)
            if picture is None or not picture.has_steps:
                return ()
            frames = await self._library.step_previews(picture)
        except StudioError:  # they are only looked at: nothing else depends on them
            return ()
        return tuple(frames[: branch.step]) if len(frames) >= parent.steps_taken else ()

    async def _show_source(self, request: Request, emergence: Emergence) -> None:
        """What is upscaled stands where the larger picture will be."""
        if request.init_image is None:
            return
        # If it is gone the engine says so.
        with suppress(StudioError):
            digest = request.init_image.digest
            emergence.add(0, await asyncio.to_thread(self._library.input_pixels, digest))

    async def _take_in(
        self, job: Job, ready: ImageReady, emergence: Emergence, origin: Origin | None
    ) -> Made:
        request = ready.request or job.request
        previews = _whole_way(ready, emergence)
        picture = None
        if origin is not None:
            picture = await self._record(ready, request, previews, origin)
        emergence.of(request)
        emergence.complete(ready.images[0], previews)
        if self._shown.emergence is emergence:
            self._shown.put(emergence, picture)
        if picture is not None and request.last_step != job.request.last_step:
            self.ended_early.emit(emergence)
        return Made(ready, picture)

    async def _record(
        self, ready: ImageReady, request: Request, previews: Sequence[Pixels] | None, origin: Origin
    ) -> Picture | None:
        try:
            return await record(self._library, ready, request, previews, origin)
        except StudioError as error:
            # Nothing is lost: the picture stays on the canvas, from where it can be exported.
            self._messages.tell(error)
            return None


def _note_total(emergence: Emergence, total_steps: int) -> None:
    request = emergence.request
    if request is not None and total_steps != request.steps_taken:
        # It goes further than was asked for at first: whose steps they are is told with the last.
        emergence.request = request = None
    if request is None:
        emergence.total_steps = total_steps


def _whole_way(ready: ImageReady, emergence: Emergence) -> Sequence[Pixels] | None:
    """A frame (h, w, 3) for each step, a branch's begin with its parent's; only those of its own
    steps if the parent's were never seen, and None if there are none at all."""
    own = [previews[0] for previews in ready.previews if previews.size]
    return [*emergence.frames(ready.first_step), *own] if own else None
