"""The processor and the machine's memory, by psutil; its energy by Linux' powercap."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import psutil

from studio.readout.reading import Reading

POWERCAP: Final = Path("/sys/class/powercap")
_WARM_PARTS: Final = ("coretemp", "k10temp", "zenpower", "cpu_thermal")


class ProcessorSensor:
    """A `Sensor` for the CPU, where the studio paints without a card.

    Args:
        powercap: where Linux shows the counters of Intel and AMD processors (RAPL), if it does.
            Most distributions let only root read them.
    """

    name = "CPU"

    def __init__(self, powercap: Path = POWERCAP) -> None:
        self._counters = _counters(powercap)
        self._lock = threading.Lock()
        psutil.cpu_percent()  # the first one has nothing to compare with

    def read(self) -> Reading:
        memory = psutil.virtual_memory()
        return Reading(
            psutil.cpu_percent(), memory.total - memory.available, memory.total, _temperature()
        )

    def energy_j(self) -> float | None:
        with self._lock:
            joules = [counter.read() for counter in self._counters]
        return sum(joules) if joules else None

    def power_w(self) -> float | None:
        return None


class RaplCounter:
    """Microjoules of one processor package, unwound where the counter starts anew.

    Args:
        folder: powercap's, with energy_uj and max_energy_range_uj.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "energy_uj"
        self._range = int((folder / "max_energy_range_uj").read_text())
        self._last = int(self._file.read_text())
        self._sum = 0

    def read(self) -> float:
        """Joules since it was made; looked at at least once every few minutes."""
        now = int(self._file.read_text())
        self._sum += (now - self._last) % (self._range + 1)
        self._last = now
        return self._sum / 1e6


def _counters(powercap: Path) -> Sequence[RaplCounter]:
    counters = []
    # Only whole packages: what lies within one (intel-rapl:0:1) is counted in it already.
    for folder in sorted(powercap.glob("intel-rapl:?")):
        try:
            counters.append(RaplCounter(folder))
        except (OSError, ValueError):
            continue
    return counters


def _temperature() -> float | None:
    # Not on Windows and macOS.
    sensors: Any = getattr(psutil, "sensors_temperatures", dict)()
    for part in _WARM_PARTS:
        if readings := sensors.get(part):
            return float(max(reading.current for reading in readings))
    return None
