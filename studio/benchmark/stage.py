"""The studio's real window, driven as a hand would drive it, with a watch beside it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from studio.app import Studio
from studio.benchmark.easel import Easel
from studio.domain.errors import EngineError, StudioError
from studio.domain.request import Request
from studio.engine import EngineState
from studio.folders import Folders
from studio.library import Picture
from studio.ui.session import JobStage, Notice, Progress
from studio.ui.settings import Settings

# What follows a finished picture (thumbnails, repaints) is over by then.
_SETTLE_S: Final = 0.15


@dataclass(frozen=True, slots=True)
class Streamed:
    """How long some jobs took, seen from the loop's thread, in seconds from the click.

    `idle_s`: the engine has nothing left to do. `recorded_s`: the last picture is on the disk.
    `first_preview_s`: the first preview of the first job is in view.
    """

    idle_s: float
    recorded_s: float
    first_preview_s: float
    pictures: tuple[Picture, ...]


class Stage:
    """An open studio. Its pictures go where `folders` says."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._engine = studio.engine
        self._session = studio.session
        self._error: StudioError | None = None
        self._session.messages.notice.connect(self._on_notice)

    @classmethod
    async def open(cls, folders: Folders, *, previews: bool = True) -> Stage:
        return cls(await Studio.open(folders, Settings(folders.config), previews=previews))

    async def warmed_up(self) -> None:
        """Wait until the engine is there, or has failed to be."""
        while self._engine.status.state in (EngineState.COLD, EngineState.WARMING):
            await asyncio.sleep(_SETTLE_S)

    async def close(self) -> None:
        self._session.messages.notice.disconnect(self._on_notice)
        await self._studio.close()

    def easel(self) -> Easel:
        """The window's canvas, for documents."""
        return Easel(self._session, self._studio.window.canvas)

    def clear(self) -> None:
        """Take the document off the canvas; it leaves no file."""
        self._session.editing.close()

    async def make(self, request: Request, count: int = 1) -> Streamed:
        """Click on Generate for `count` pictures and wait until all are made and shown.

        Raises:
            StudioError: one of them failed.
        """
        await self._write(request, count)
        with _Watch(self._studio) as watch:
            clicked = time.perf_counter()
            self._session.generation.generate()
            while len(watch.pictures) < count:
                await self._news(watch)
        await asyncio.sleep(_SETTLE_S)
        return Streamed(
            idle_s=watch.idle - clicked,
            recorded_s=watch.recorded - clicked,
            first_preview_s=(watch.first_preview or watch.idle) - clicked,
            pictures=tuple(watch.pictures),
        )

    async def cancel_after(self, request: Request, step: int) -> tuple[float, float]:
        """Click Stop in the moment in which `step` is seen to be over; the request has more.

        Returns:
            Seconds from the click to the idle engine, and of one step of this job.
        """
        await self._write(request)
        with _Watch(self._studio) as watch:
            self._session.generation.generate()
            # Of steps too quick to be told, the job may be over before one is seen.
            while watch.progress.step < step and not watch.is_idle:
                await self._news(watch)
            clicked = time.perf_counter()
            self._session.jobs.stop()
            while not watch.is_idle:
                await self._news(watch)
        await asyncio.sleep(_SETTLE_S)
        return max(0.0, watch.idle - clicked), 1 / (watch.progress.steps_per_second or 1000)

    async def _write(self, request: Request, count: int = 1) -> None:
        """Fill the prompt panel in, as the artist does before the click."""
        self._session.draft.restore(request, self._session.catalog.find(request.model))
        self._session.draft.count = count
        await asyncio.sleep(_SETTLE_S)

    async def _news(self, watch: _Watch) -> None:
        await watch.news()
        if self._error is not None:
            raise self._error

    def _on_notice(self, notice: Notice) -> None:
        if notice.is_error:
            self._error = EngineError(notice.sentence, notice.remedy)


class _Watch:
    """Notes when things happen, on the loop's thread."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._happened = asyncio.Event()
        self._was_busy = False
        self.is_idle = False
        self.idle = 0.0
        self.recorded = 0.0
        self.first_preview = 0.0
        self.progress = Progress(0, 0, 0.0, None)
        self.pictures: list[Picture] = []

    def __enter__(self) -> _Watch:
        self._studio.engine.queue_changed.connect(self._on_queue_changed)
        self._studio.session.jobs.progress_changed.connect(self._on_progress_changed)
        self._studio.library.recorded.connect(self._on_recorded)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._studio.engine.queue_changed.disconnect(self._on_queue_changed)
        self._studio.session.jobs.progress_changed.disconnect(self._on_progress_changed)
        self._studio.library.recorded.disconnect(self._on_recorded)

    async def news(self) -> None:
        await self._happened.wait()
        self._happened.clear()

    def _on_queue_changed(self) -> None:
        engine = self._studio.engine
        busy = engine.running is not None or bool(engine.waiting)
        self.is_idle = self._was_busy and not busy
        self._was_busy = self._was_busy or busy
        if self.is_idle:
            self.idle = time.perf_counter()
        self._happened.set()

    def _on_progress_changed(self) -> None:
        progress = self._studio.session.jobs.progress
        if progress is not None and progress.step > 0 and progress.stage is JobStage.DENOISING:
            if self.progress.step == 0:
                # Qt paints what has changed before the loop's next turn.
                asyncio.get_running_loop().call_soon(self._on_first_preview_painted)
            self.progress = progress
        self._happened.set()

    def _on_first_preview_painted(self) -> None:
        self.first_preview = time.perf_counter()

    def _on_recorded(self, picture: Picture) -> None:
        self.pictures.append(picture)
        self.recorded = time.perf_counter()
        self._happened.set()
