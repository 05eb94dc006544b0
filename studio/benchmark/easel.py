"""A large picture on the canvas of the open window, painted on and panned by real events."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from studio.benchmark.ratios import Measurement
from studio.document import Content, Document
from studio.domain.events import Pixels
from studio.ui.canvas import CanvasView
from studio.ui.session import Session, ToolName

if TYPE_CHECKING:
    from studio.benchmark.bench import Bench

LARGE_PX: Final = 8192
SMALL_PX: Final = 1024
MOVES: Final = 60
PAN_STEP_PX: Final = 23


class Easel:
    """Holds the canvas. Times are seconds from an event to the end of what it has painted."""

    def __init__(self, session: Session, canvas: CanvasView) -> None:
        self._session = session
        self._canvas = canvas

    async def take(self, side_px: int) -> None:
        """Put a square picture of some detail on the canvas, and wait until it is sharp."""
        document = Document.of_picture(_detailed(side_px))
        self._session.editing.open(document)
        self._canvas.fit()
        await self._settle()

    @property
    def content(self) -> Content:
        """What lies on it."""
        document = self._session.editing.document
        if document is None:
            raise AssertionError("nothing was taken")
        return document.content

    async def stroke(self, number: int) -> list[float]:
        """A curve with the brush, another one for each `number`; a time for each event."""
        self._session.tools.active = ToolName.BRUSH
        self._canvas.actual_size()
        await self._settle()
        view = self._canvas
        middle = QPointF(view.width() / 2, view.height() / 2)
        radius = min(view.width(), view.height()) / 3
        times = []
        for move in range(MOVES):
            angle = number + move * 0.13
            place = middle + QPointF(radius * math.cos(angle), radius * math.sin(2 * angle))
            started = time.perf_counter()
            if move == 0:
                QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=place.toPoint())
            else:
                QTest.mouseMove(view, place.toPoint())
            await asyncio.sleep(0)  # Qt paints before the loop's next turn
            times.append(time.perf_counter() - started)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=place.toPoint())
        self._session.editing.undo()
        await self._settle()
        return times

    async def pan(self, number: int) -> list[float]:
        """The whole picture pushed about; a time for each frame."""
        self._session.tools.active = ToolName.HAND
        self._canvas.fit()
        await self._settle()
        times = []
        for frame in range(MOVES):
            angle = number + frame * 0.37
            started = time.perf_counter()
            self._canvas.pan(PAN_STEP_PX * math.cos(angle), PAN_STEP_PX * math.sin(angle))
            await asyncio.sleep(0)  # Qt paints before the loop's next turn
            times.append(time.perf_counter() - started)
        return times

    async def _settle(self) -> None:
        """Until the canvas has refined what it shows."""
        for _ in range(500):
            await asyncio.sleep(0.01)
            if self._canvas.is_sharp:
                return


async def measure_p95(
    bench: Bench, times_of: Callable[[Easel, int], Awaitable[list[float]]]
) -> list[Measurement]:
    """For each pair the 95th percentile of `times_of` the easel and the pair's number, in ms, on
    the largest document; the control is one of 1024 px."""
    stage = await bench.stage()
    easel = stage.easel()
    tell = bench.counter(f"{LARGE_PX} px")
    large: list[float] = []
    small: list[float] = []
    for number in range(bench.wishes.pairs):
        tell(number)
        for side_px, found in ((LARGE_PX, large), (SMALL_PX, small)):
            await easel.take(side_px)
            found.append(_p95_ms(await times_of(easel, number)))
    stage.clear()
    return [Measurement(f"{LARGE_PX} px", large, small)]


def _p95_ms(times: list[float]) -> float:
    """The time that 19 of 20 stay below, in milliseconds."""
    return float(np.percentile(times, 95) * 1000)


def _detailed(side_px: int) -> Pixels:
    """Waves of all lengths, (side, side, 3)."""
    line = np.linspace(0, 60, side_px, dtype=np.float32)
    waves = [np.sin(line[:, None] * k + line[None, :] * (7 - k)) for k in (1, 3, 6)]
    return np.stack([(wave * 120 + 128).astype(np.uint8) for wave in waves], axis=-1)
