"""What a sensor tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at a device; None or 0 for what it doesn't tell.

    `load_percent` is 0 to 100, `memory` in bytes of the whole device, whoever uses it.
    """

    load_percent: float | None = None
    memory_used_bytes: int = 0
    memory_total_bytes: int = 0
    temperature_c: float | None = None
    power_w: float | None = None


class Sensor(Protocol):
    """Reads one device. Safe to use from any thread; a look takes milliseconds."""

    @property
    def name(self) -> str:
        """What it looks at, for people: "GPU" or "CPU"."""

    def read(self) -> Reading: ...

    def energy_j(self) -> float | None:
        """A counter of joules that only goes up, from some moment on; None where there is none."""

    def power_w(self) -> float | None:
        """Watts at this moment; None where nobody knows."""
