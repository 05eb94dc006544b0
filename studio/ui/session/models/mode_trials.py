"""How far a fast mode's picture is off on this machine: the same picture without it and with it."""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from psygnal import Signal

from studio.domain.errors import EngineError
from studio.domain.events import ImageReady, JobCancelled, JobFailed, Pixels
from studio.domain.placement import EngineWishes, PlacementWishes
from studio.domain.request import Request
from studio.engine import Engine
from studio.library.files.disk import Disk, storage_errors
from studio.ui.session.background import Background
from studio.ui.session.drafting.draft import Draft
from studio.ui.session.models.model_marks import ModelMarks

log = logging.getLogger(__name__)

_MAX_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Difference:
    """What was measured: the peak signal to noise of the two pictures (infinite for the same
    pixels), how many times as fast the second one was, and of which model."""

    psnr_db: float
    speedup: float
    model: str

    def __str__(self) -> str:
        off = f"{self.psnr_db:.1f} dB" if self.psnr_db < math.inf else "same pixels"
        return f"{off}, {self.speedup:.2g} × as fast ({self.model})"


class ModeTrials:
    """Tries modes on the picture that the prompt panel describes, and keeps what came of it in a
    JSON file. Nothing of a trial goes into the history.

    Signals:
        changed(): a trial has begun or ended.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(
        self,
        path: Path,
        disk: Disk,
        draft: Draft,
        engine: Engine,
        marks: ModelMarks,
        background: Background,
    ) -> None:
        self.measuring = ""
        self._path = path
        self._disk = disk
        self._draft = draft
        self._engine = engine
        self._marks = marks
        self._background = background
        self._differences = _read(path)
        self._trial: tuple[Request, PlacementWishes] | None = None

    def differences(self) -> Mapping[str, Difference]:
        """What was measured on this device, by the names of the modes."""
        device = self._engine.status.device
        return {mode: found for (on, mode), found in self._differences.items() if on == device}

    def wishes(self) -> EngineWishes:
        """What is wanted of the engine for the job that it is at: the artist's wishes, but in a
        trial. May be asked on any thread."""
        wishes, trial, running = self._marks.wishes, self._trial, self._engine.running
        if trial is None or running is None or running.request is not trial[0]:
            return wishes
        return EngineWishes(usual=trial[1], grid_g_per_kwh=wishes.grid_g_per_kwh)

    def measure(self, mode: str) -> None:
        """Draw the prompt panel's picture without a mode and with it, after the jobs that wait."""
        if not self.measuring:
            self._background.start(self._measure, mode)

    async def _measure(self, mode: str) -> None:
        request = replace(self._draft.as_request(), num_images_per_prompt=1)
        own = self._marks.wishes.of(request.model)
        without = tuple(name for name in own.fast if name != mode)
        self.measuring = mode
        self.changed.emit()
        try:
            plain = await self._drawn(request, replace(own, fast=without))
            if plain is None:
                return
            fast = await self._drawn(request, replace(own, fast=(*without, mode)))
            if fast is None:
                return
        finally:
            self._trial = None
            self.measuring = ""
            self.changed.emit()
        difference = Difference(
            psnr_db(fast.images[0], plain.images[0]),
            plain.elapsed_s / fast.elapsed_s if fast.elapsed_s else 1.0,
            self._draft.model.title,
        )
        self._differences[self._engine.status.device, mode] = difference
        self.changed.emit()
        await asyncio.to_thread(self._save)

    async def _drawn(self, request: Request, wishes: PlacementWishes) -> ImageReady | None:
        """The second of two pictures in a row: in the first one's time the model is loaded.

        Raises:
            StudioError: it can't be drawn.
        """
        ready: ImageReady | None = None
        for _ in range(2):
            trial = replace(request)
            self._trial = (trial, wishes)
            job = self._engine.submit(trial)
            ready = None
            try:
                async for event in job.events():
                    match event:
                        case ImageReady():
                            ready = event
                        case JobFailed():
                            raise event.error
                        case JobCancelled():
                            return None
            finally:
                job.cancel()
        if ready is None:
            raise EngineError("Nothing came of the trial.", "Try it again.")
        return ready

    def _save(self) -> None:
        record = []
        for key, found in self._differences.items():
            psnr = found.psnr_db if found.psnr_db < math.inf else None
            record.append([*key, psnr, found.speedup, found.model])
        content = json.dumps(record, ensure_ascii=False, indent=1).encode()
        with storage_errors(self._path):
            self._disk.make_folder(self._path.parent)
            self._disk.replace(self._path, content)


def psnr_db(one: Pixels, other: Pixels) -> float:
    """Peak signal to noise of two pictures of 8 bits; infinite for the same pixels."""
    error = float(np.mean((one.astype(np.float64) - other.astype(np.float64)) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def _read(path: Path) -> dict[tuple[str, str], Difference]:
    """Whatever can't be read counts as never measured."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            return {}
        record: Any = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        log.warning("%s can't be read: %s", path, error)
        return {}
    found = {}
    for entry in record if isinstance(record, list) else ():
        match entry:
            # JSON has no infinity.
            case [str(device), str(mode), float() | None as psnr, float() as speed, str(model)]:
                found[device, mode] = Difference(math.inf if psnr is None else psnr, speed, model)
    return found
