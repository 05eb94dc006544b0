"""Stand-ins for what measures a machine."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from studio.readout import Reading


class NVMLError(Exception):
    """As pynvml raises it."""


class FakeNvml:
    """pynvml with one card: half busy, 6 of 24 GiB in use, 61 °C, 250 W, 5,000 J so far.

    `missing` are names of functions that this card doesn't support.
    """

    NVMLError = NVMLError

    def __init__(self, missing: tuple[str, ...] = (), cards: int = 1) -> None:
        self.missing = missing
        self.cards = cards
        self.asked_for: list[Any] = []
        self.millijoules = 5_000_000
        self.milliwatts = 250_000

    def nvmlInit(self) -> None:  # noqa: N802
        if not self.cards:
            raise NVMLError("driver not loaded")

    def nvmlDeviceGetHandleByIndex(self, index: int) -> Any:  # noqa: N802
        if index >= self.cards:
            raise NVMLError("no such card")
        self.asked_for.append(index)
        return f"card {index}"

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> Any:  # noqa: N802
        self.asked_for.append(uuid)
        return uuid

    def nvmlDeviceGetUtilizationRates(self, handle: Any) -> Any:  # noqa: N802
        self._check("nvmlDeviceGetUtilizationRates")
        return SimpleNamespace(gpu=50, memory=10)

    def nvmlDeviceGetMemoryInfo(self, handle: Any) -> Any:  # noqa: N802
        return SimpleNamespace(used=6 << 30, total=24 << 30, free=18 << 30)

    def nvmlDeviceGetTemperature(self, handle: Any, sensor: int) -> int:  # noqa: N802
        return 61

    def nvmlDeviceGetPowerUsage(self, handle: Any) -> int:  # noqa: N802
        self._check("nvmlDeviceGetPowerUsage")
        return self.milliwatts

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: Any) -> int:  # noqa: N802
        self._check("nvmlDeviceGetTotalEnergyConsumption")
        return self.millijoules

    def _check(self, name: str) -> None:
        if name in self.missing:
            raise NVMLError("not supported")


class FakeSensor:
    """A GPU whose counter goes up by `joules_a_look` with each look at it."""

    name = "GPU"

    def __init__(self, joules_a_look: float | None = 40.0) -> None:
        self.joules_a_look = joules_a_look
        self.counter = 0.0

    def read(self) -> Reading:
        return Reading(97.0, 6 << 30, 24 << 30, 61.0, 250.0)

    def energy_j(self) -> float | None:
        if self.joules_a_look is None:
            return None
        self.counter += self.joules_a_look
        return self.counter

    def power_w(self) -> float | None:
        return None
