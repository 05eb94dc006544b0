"""The energy between two moments: from a counter where there is one, else power summed up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from studio.readout.reading import Sensor

SAMPLE_S: Final = 0.1


class EnergyMeter:
    """Measures joules from `start` to `stop`, again and again. Belongs to one thread.

    Without a counter, the power is asked ten times a second on a thread of its own and summed up by
    the trapezoidal rule.
    """

    def __init__(self, sensor: Sensor, clock: Callable[[], float] = time.monotonic) -> None:
        self._sensor = sensor
        self._clock = clock
        self._counted_from: float | None = None
        self._sampling: _Sampling | None = None

    @property
    def of(self) -> str:
        """Whose energy it is: "GPU" or "CPU"."""
        return self._sensor.name

    def start(self) -> None:
        self.stop()
        self._counted_from = self._sensor.energy_j()
        if self._counted_from is None and self._sensor.power_w() is not None:
            self._sampling = _Sampling(self._sensor, self._clock)

    def stop(self) -> float | None:
        """Joules since `start`; None if nothing tells, or it wasn't started."""
        sampling, self._sampling = self._sampling, None
        if sampling is not None:
            return sampling.stop()
        begun, self._counted_from = self._counted_from, None
        now = None if begun is None else self._sensor.energy_j()
        return None if begun is None or now is None else max(0.0, now - begun)


class _Sampling:
    def __init__(self, sensor: Sensor, clock: Callable[[], float]) -> None:
        self._sensor = sensor
        self._clock = clock
        self._ends = threading.Event()
        self._joules = 0.0
        self._last = self._look()
        self._thread = threading.Thread(target=self._run, name="energy", daemon=True)
        self._thread.start()

    def stop(self) -> float:
        self._ends.set()
        self._thread.join()
        self._add()
        return self._joules

    def _run(self) -> None:
        while not self._ends.wait(SAMPLE_S):
            self._add()

    def _add(self) -> None:
        (then, before), (now, power) = self._last, self._look()
        self._joules += (now - then) * (before + power) / 2
        self._last = now, power

    def _look(self) -> tuple[float, float]:
        return self._clock(), self._sensor.power_w() or 0.0
