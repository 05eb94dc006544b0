"""The studio in use: everything that a person can do, as functions, and what is going on.

Menus, shortcuts, buttons and tests call these functions. All of them run on the loop's thread.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
from psygnal import Signal

from studio.catalog import Catalog
from studio.document import Artwork, StartPicture
from studio.domain.errors import StudioError
from studio.domain.events import (
    ImageReady,
    JobCancelled,
    JobFailed,
    JobStarted,
    Pixels,
    StepPreview,
)
from studio.domain.model import ModelInfo
from studio.domain.request import PictureRef
from studio.engine import Engine, Job
from studio.library import Library, Picture, PictureFormat, export_picture, export_pixels
from studio.ui.session.draft import Draft
from studio.ui.session.emergence import Emergence

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for the message bar, what to do next, and details for whoever wants them.

    `action` is a button that helps: its label and what it does.
    """

    sentence: str
    remedy: str = ""
    details: str = ""
    is_error: bool = True
    action: tuple[str, Callable[[], object]] | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the running job is. `remaining_s` is an estimate, None before the first step."""

    step: int
    total_steps: int
    steps_per_second: float
    remaining_s: float | None


class Session:
    """Owns the draft, the artwork and the picture on show; submits, records, restores, deletes."""

    notice: ClassVar[Signal] = Signal(Notice)
    progress_changed: ClassVar[Signal] = Signal()
    emergence_changed: ClassVar[Signal] = Signal()
    current_changed: ClassVar[Signal] = Signal()

    def __init__(self, engine: Engine, library: Library, catalog: Catalog, draft: Draft) -> None:
        self.engine = engine
        self.library = library
        self.catalog = catalog
        self.draft = draft
        self.artwork = Artwork()
        self.emergence: Emergence | None = None
        self.current: Picture | None = None
        self.progress: Progress | None = None
        self._following = True
        self._wanted: Picture | None = None
        self._emergences: dict[int, Emergence] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # Making pictures

    def use_model(self, model: ModelInfo) -> None:
        """Choose a model, take over what it draws best with, and let the engine load it."""
        self.draft.use_model(model)
        self.engine.warm_up(model.name)

    def generate(self) -> None:
        """Queue what the draft describes. A seed that isn't kept is rolled first."""
        if not self.draft.keep_seed:
            self.draft.roll_seed()
        start = self.artwork.start
        try:
            requests = self.draft.requests(start.ref if start else None)
        except StudioError as error:
            self.tell(error)
            return
        self._following = True
        for request in requests:
            self._spawn(self._follow, self.engine.submit(request))

    def stop(self) -> None:
        """Stop the running job between two steps; what waits goes on."""
        if self.engine.running is not None:
            self.engine.running.cancel()

    def watch(self) -> None:
        """Bring the running job's emerging picture back to the canvas."""
        self._following = True
        running = self.engine.running
        if running is not None and running.generation in self._emergences:
            self._put_on_show(self._emergences[running.generation], None)

    # Pictures of the history

    def show(self, picture: Picture) -> None:
        """Put a picture of the history on the canvas, with its steps on the timeline."""
        self._following = False
        self._wanted = picture
        self._spawn(self._show, picture)

    def restore(self, picture: Picture) -> None:
        """Take the picture's whole request into the prompt panel, its start picture included."""
        self._spawn(self._restore, picture)

    def delete(self, pictures: Sequence[Picture]) -> None:
        """Move pictures, with their steps, to the desktop's trash."""
        self._spawn(self._delete, tuple(pictures))

    @property
    def finished_pixels(self) -> Pixels | None:
        """The finished picture on the canvas, (H, W, 3), whichever of its steps is shown."""
        return None if self.emergence is None else self.emergence.image

    def export(
        self,
        picture: Picture | None,
        path: Path,
        *,
        format: PictureFormat,  # noqa: A002 (what people call it)
        quality: int,
        with_metadata: bool,
        overwrite: bool,
    ) -> None:
        """Write a picture of the history to a file; None is the one on the canvas, never saved."""
        self._spawn(self._export, picture, path, format, quality, with_metadata, overwrite)

    # The start picture

    def start_from_file(self, path: Path) -> None:
        """Make a picture file the start image."""
        self._spawn(self._start_from, path, path.name)

    def start_from_pixels(self, pixels: Pixels, name: str) -> None:
        """Make uint8 (H, W, 3) pixels the start image."""
        self._spawn(self._start_from, pixels, name)

    def forget_start(self) -> None:
        """Generate from the prompt alone again."""
        self.artwork.start_from(None)

    # Telling

    def tell(self, error: StudioError) -> None:
        """Show an error where the artist looks."""
        self.notice.emit(Notice(error.sentence, error.remedy))

    async def close(self) -> None:
        """Let go of everything that is under way, then return."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Under way

    async def _follow(self, job: Job) -> None:
        request = job.request
        emergence = Emergence(request.finished_size, request.num_inference_steps)
        async for event in job.events():
            match event:
                case JobStarted():
                    self._emergences[job.generation] = emergence
                    self._set_progress(Progress(0, request.num_inference_steps, 0.0, None))
                    if self._following:
                        self._put_on_show(emergence, None)
                case StepPreview():
                    emergence.total_steps = event.total_steps
                    emergence.add(event.step, event.pixels[0])
                    self._set_progress(_progress(event))
                case ImageReady():
                    await self._record(job, event, emergence)
                case JobFailed():
                    self.tell(event.error)
                case JobCancelled():
                    pass
        self._emergences.pop(job.generation, None)
        if self.engine.running is None:
            self._set_progress(None)

    async def _record(self, job: Job, ready: ImageReady, emergence: Emergence) -> None:
        previews = ready.previews[:, 0]
        picture: Picture | None = None
        try:
            picture = await self.library.record(
                ready.images[0],
                job.request,
                elapsed_s=ready.elapsed_s,
                previews=previews,
                snapshots=ready.snapshots,
            )
        except StudioError as error:
            # Nothing is lost: the picture stays on the canvas, from where it can be exported.
            self.tell(error)
        emergence.complete(ready.images[0], previews)
        if self.emergence is emergence:
            self._put_on_show(emergence, picture)

    async def _show(self, picture: Picture) -> None:
        image = await asyncio.to_thread(self.library.pixels, picture)
        previews = await self.library.step_previews(picture) if picture.has_steps else None
        # Files come back in any order: only what was asked for last is shown.
        if self._wanted is picture and not self._following:
            self._put_on_show(Emergence.of_finished(image, previews), picture)

    async def _restore(self, picture: Picture) -> None:
        request = picture.request
        self.draft.restore(request, self.catalog.find(request.model))
        if request.init_image is None:
            self.artwork.start_from(None)
        else:
            pixels = await asyncio.to_thread(self.library.input_pixels, request.init_image.digest)
            self.artwork.start_from(StartPicture(request.init_image, pixels, "start picture"))

    async def _delete(self, pictures: tuple[Picture, ...]) -> None:
        await self.library.delete(pictures)
        if self.current in pictures:
            self._put_on_show(None, None)

    async def _export(
        self,
        picture: Picture | None,
        path: Path,
        picture_format: PictureFormat,
        quality: int,
        with_metadata: bool,
        overwrite: bool,
    ) -> None:
        if picture is not None:
            write = partial(export_picture, picture, with_metadata=with_metadata)
        elif self.finished_pixels is not None:
            write = partial(export_pixels, self.finished_pixels, record=None)
        else:
            return
        await asyncio.to_thread(
            write, path=path, format=picture_format, quality=quality, overwrite=overwrite
        )
        self.notice.emit(Notice(f"Saved as “{path.name}”.", is_error=False))

    async def _start_from(self, source: Path | Pixels, name: str) -> None:
        ref: PictureRef = await self.library.adopt(source)
        pixels = await asyncio.to_thread(self.library.input_pixels, ref.digest)
        self.artwork.start_from(StartPicture(ref, np.ascontiguousarray(pixels), name))

    def _put_on_show(self, emergence: Emergence | None, picture: Picture | None) -> None:
        if emergence is not self.emergence:
            if self.emergence is not None:
                self.emergence.shown_changed.disconnect(self._on_shown_changed)
            self.emergence = emergence
            if emergence is not None:
                emergence.shown_changed.connect(self._on_shown_changed)
            self.emergence_changed.emit()
        self._on_shown_changed()
        if picture != self.current:
            self.current = picture
            self.current_changed.emit()

    def _on_shown_changed(self) -> None:
        if self.emergence is None:
            self.artwork.show(None)
        else:
            self.artwork.show(self.emergence.pixels, self.emergence.size)

    def _set_progress(self, progress: Progress | None) -> None:
        if progress != self.progress:
            self.progress = progress
            self.progress_changed.emit()

    def _spawn(self, work: Callable[..., Awaitable[None]], *arguments: object) -> None:
        task = asyncio.ensure_future(self._guard(work, *arguments))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guard(self, work: Callable[..., Awaitable[None]], *arguments: object) -> None:
        try:
            await work(*arguments)
        except StudioError as error:
            self.tell(error)
        except Exception:
            log.exception("an action failed")
            self.notice.emit(
                Notice(
                    "Something went wrong inside the studio.",
                    "It goes on; the details help whoever mends it.",
                    details=traceback.format_exc(),
                )
            )


def _progress(event: StepPreview) -> Progress:
    pace = event.seconds_per_step
    return Progress(
        step=event.step,
        total_steps=event.total_steps,
        steps_per_second=1 / pace if pace > 0 else 0.0,
        remaining_s=pace * (event.total_steps - event.step),
    )
