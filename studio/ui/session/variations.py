"""A grid of variations: one job after the other, each a picture of its own in the history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from psygnal import Signal

from studio.domain.errors import StudioError
from studio.domain.events import Pixels
from studio.domain.variations import Axis, Cell, Setting, cells
from studio.engine import Engine, Job
from studio.library import Library, Picture, export_pixels
from studio.library.sheets.variation_sheet import variation_sheet
from studio.ui.session.background import Background
from studio.ui.session.emergence import Emergence
from studio.ui.session.generation import Generation
from studio.ui.session.jobs import Jobs
from studio.ui.session.long_tasks import LongTask
from studio.ui.session.pictures.exporting import Exporting
from studio.ui.session.pictures.origins import Origin, Origins

THUMBNAIL_PX: Final = 320


@dataclass(slots=True)
class VariedCell:
    """One place of the grid. `pixels` is what is seen of it so far, (h, w, 3); `picture` is there
    once it is in the history; `has_failed` when nothing came of it."""

    cell: Cell
    pixels: Pixels | None = None
    picture: Picture | None = None
    has_failed: bool = False


class Variations:
    """Makes the grid's pictures. It submits one only when the one before is done, so that whatever
    the artist asks for meanwhile comes first.

    `written` is what the artist wrote for the last one, side by side: settings and their values.

    Signals:
        changed(): a grid began or ended.
        cell_changed(int): there is more to see of the cell of this number.
    """

    changed: ClassVar[Signal] = Signal()
    cell_changed: ClassVar[Signal] = Signal(int)

    def __init__(
        self,
        generation: Generation,
        engine: Engine,
        library: Library,
        jobs: Jobs,
        origins: Origins,
        background: Background,
        exporting: Exporting,
    ) -> None:
        self.written: list[tuple[Setting | None, str]] = [
            (Setting.STEPS, ""),
            (Setting.GUIDANCE_SCALE, ""),
        ]
        self.axes: tuple[Axis, ...] = ()
        self.cells: list[VariedCell] = []
        self.is_running = False
        self._generation = generation
        self._engine = engine
        self._library = library
        self._jobs = jobs
        self._origins = origins
        self._background = background
        self._exporting = exporting
        self._job: Job | None = None
        self._stopped = False
        self._steps_done = 0
        self._took_s = 0.0

    @property
    def done(self) -> int:
        """How many cells need no more work, the failed ones too."""
        return sum(cell.picture is not None or cell.has_failed for cell in self.cells)

    @property
    def remaining_s(self) -> float | None:
        """An estimate of what the rest takes, by its steps; None before there is any."""
        if not self._steps_done:
            return None
        left = sum(
            cell.cell.request.steps_taken
            for cell in self.cells
            if cell.picture is None and not cell.has_failed
        )
        return self._took_s / self._steps_done * left

    def plan(self, axes: tuple[Axis, ...]) -> tuple[Cell, ...]:
        """What a grid of the prompt panel's picture would be made of.

        Raises:
            StudioError: a value is out of range, or the grid is impossible.
        """
        return cells(self._generation.next_request(), axes)

    def start(self, axes: tuple[Axis, ...]) -> None:
        """Make a grid of the prompt panel's picture, in place of the one before.

        Raises:
            StudioError: as `plan`.
        """
        planned = self.plan(axes)
        self.stop()
        self._stopped = False
        self.axes, self.cells = axes, [VariedCell(cell) for cell in planned]
        self._steps_done, self._took_s = 0, 0.0
        self.is_running = True
        self.changed.emit()
        self._background.start(self._run, self.cells)

    def stop(self) -> None:
        """Make no more; what is made stays."""
        self._stopped = True
        if self._job is not None:
            self._job.cancel()

    def export(self, path: Path) -> None:
        """Write the grid with its labels as one picture, replacing what is at `path`."""
        write = partial(_write_sheet, self._library, path, self.axes, tuple(self.cells))
        self._exporting.begin(path, write)

    async def _run(self, made: list[VariedCell]) -> None:
        origin = self._origins.now(len(made))
        try:
            await self._paint(made)
            for number, cell in enumerate(made):
                if self._stopped or made is not self.cells:
                    break
                await self._make(number, cell, origin)
        finally:
            if made is self.cells:
                self.is_running = False
                self.changed.emit()

    async def _paint(self, made: list[VariedCell]) -> None:
        """What is drawn for them, on layers or on a step, belongs to each of them."""
        requests = await self._generation.drawn(tuple(it.cell.request for it in made))
        for varied, request in zip(made, requests, strict=True):
            varied.cell = replace(varied.cell, request=request)

    async def _make(self, number: int, varied: VariedCell, origin: Origin) -> None:
        request = varied.cell.request
        emergence = Emergence(request.finished_size, request.steps_taken)

        def on_frame() -> None:
            varied.pixels = emergence.pixels
            self.cell_changed.emit(number)

        emergence.shown_changed.connect(on_frame)
        self._job = job = self._engine.submit(request)
        made = await self._jobs.follow(job, emergence, on_show=False, origin=origin)
        emergence.shown_changed.disconnect(on_frame)
        if self._job is job:
            self._job = None
        if made is not None and made.picture is not None:
            self._took_s += made.ready.elapsed_s
            self._steps_done += request.steps_taken
            try:
                varied.pixels = await self._library.thumbnail(made.picture, THUMBNAIL_PX)
            except StudioError:  # its file went at once; the grid still shows what was made
                varied.pixels = made.ready.images[0]
            varied.picture = made.picture
        else:
            varied.has_failed = not self._stopped
        self.cell_changed.emit(number)


def _write_sheet(
    library: Library,
    path: Path,
    axes: tuple[Axis, ...],
    made: tuple[VariedCell, ...],
    task: LongTask,
) -> None:
    pictures = {varied.cell.place: varied.picture for varied in made}

    def pixels(place: tuple[int, ...]) -> Pixels | None:
        picture = pictures[place[: len(axes)]]
        if picture is None:
            return None
        try:
            return library.pixels(picture)
        except StudioError:  # its file went meanwhile: the others needn't wait for it
            return None

    size = max((varied.cell.request.finished_size for varied in made), key=lambda size: size.pixels)
    sheet = variation_sheet(
        [axis.labels for axis in axes], pixels, (size.width, size.height), task.advance
    )
    task.check()
    export_pixels(sheet, path, record=None, overwrite=True)
