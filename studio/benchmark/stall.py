"""How long the window's event loop can't answer while a job runs, in milliseconds.

A heartbeat on the loop notes how late each beat comes. The control is the same heartbeat over the
same time with no job.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from types import TracebackType
from typing import Final

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Measurement
from studio.benchmark.workload import Workload

_BEAT_S: Final = 0.001


async def run(bench: Bench) -> list[Measurement]:
    return [await _measure(bench, workload) for workload in bench.both()]


async def _measure(bench: Bench, workload: Workload) -> Measurement:
    stage = await bench.stage()
    bench.say(f"warming up ({workload})")
    await stage.make(workload.request)
    tell = bench.counter(str(workload))
    longest_busy: list[float] = []
    longest_idle: list[float] = []
    all_busy: list[float] = []
    for done, request in enumerate(bench.requests(workload)):
        tell(done)
        with Heartbeat() as busy:
            made = await stage.make(request)
        with Heartbeat() as idle:
            await asyncio.sleep(made.recorded_s)
        longest_busy.append(max(busy.late_ms))
        longest_idle.append(max(idle.late_ms))
        all_busy += busy.late_ms
    percentiles = statistics.quantiles(all_busy, n=100, method="inclusive")
    details = {"beats": len(all_busy), "p50_ms": percentiles[49], "p99_ms": percentiles[98]}
    return Measurement(str(workload), longest_busy, longest_idle, details)


class Heartbeat:
    """Beats on the running loop each millisecond. `late_ms`: how late each beat came."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self._loop = asyncio.get_running_loop()
        self._due = 0.0
        self._next: asyncio.TimerHandle | None = None

    def __enter__(self) -> Heartbeat:
        self._schedule()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._next is not None:
            self._next.cancel()

    def _schedule(self) -> None:
        self._due = time.perf_counter() + _BEAT_S
        self._next = self._loop.call_later(_BEAT_S, self._beat)

    def _beat(self) -> None:
        self.late_ms.append((time.perf_counter() - self._due) * 1000)
        self._schedule()
