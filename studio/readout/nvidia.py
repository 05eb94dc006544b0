"""NVIDIA cards, by NVML (the package nvidia-ml-py, an extra)."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from studio.readout.reading import Reading

_T = TypeVar("_T")
_TEMPERATURE_OF_GPU = 0


class Nvml(Protocol):
    """What is used of the module pynvml; handles are its own objects."""

    NVMLError: type[Exception]

    def nvmlInit(self) -> None: ...  # noqa: N802

    def nvmlDeviceGetHandleByIndex(self, index: int) -> Any: ...  # noqa: N802

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> Any: ...  # noqa: N802

    def nvmlDeviceGetUtilizationRates(self, handle: Any) -> Any: ...  # noqa: N802

    def nvmlDeviceGetMemoryInfo(self, handle: Any) -> Any: ...  # noqa: N802

    def nvmlDeviceGetTemperature(self, handle: Any, sensor: int) -> int: ...  # noqa: N802

    def nvmlDeviceGetPowerUsage(self, handle: Any) -> int: ...  # noqa: N802

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: Any) -> int: ...  # noqa: N802


class NvidiaSensor:
    """A `Sensor` for one card; what a card doesn't tell is left out.

    Args:
        nvml: the module.
        handle: which card.
    """

    name = "GPU"

    def __init__(self, nvml: Nvml, handle: Any) -> None:
        self._nvml = nvml
        self._handle = handle
        self._lock = threading.Lock()

    def read(self) -> Reading:
        nvml = self._nvml
        load = self._ask(lambda h: nvml.nvmlDeviceGetUtilizationRates(h).gpu)
        memory = self._ask(lambda h: nvml.nvmlDeviceGetMemoryInfo(h))
        warmth = self._ask(lambda h: nvml.nvmlDeviceGetTemperature(h, _TEMPERATURE_OF_GPU))
        return Reading(
            None if load is None else float(load),
            0 if memory is None else int(memory.used),
            0 if memory is None else int(memory.total),
            None if warmth is None else float(warmth),
            self.power_w(),
        )

    def energy_j(self) -> float | None:
        millijoules = self._ask(self._nvml.nvmlDeviceGetTotalEnergyConsumption)
        return None if millijoules is None else millijoules / 1000

    def power_w(self) -> float | None:
        milliwatts = self._ask(self._nvml.nvmlDeviceGetPowerUsage)
        return None if milliwatts is None else milliwatts / 1000

    def _ask(self, question: Callable[[Any], _T]) -> _T | None:
        with self._lock:
            try:
                return question(self._handle)
            except self._nvml.NVMLError:
                return None


def find_card(environment: Mapping[str, str], nvml: Nvml | None = None) -> NvidiaSensor | None:
    """The card that the engine computes on; None without one, or without the package.

    The one that `PENTIMENTO_DEVICE` and `CUDA_VISIBLE_DEVICES` leave. NVML counts cards by their
    place in the machine and CUDA by their speed, which is the same where all are alike.
    """
    wished = environment.get("PENTIMENTO_DEVICE", "").strip().lower()
    if wished not in ("", "cuda") and not wished.startswith("cuda:"):
        return None
    number = int(index) if (index := wished.removeprefix("cuda:")).isdecimal() else 0
    visible = [name.strip() for name in environment.get("CUDA_VISIBLE_DEVICES", "").split(",")]
    card = visible[number] if visible != [""] and number < len(visible) else str(number)
    try:
        nvml = nvml or importlib.import_module("pynvml")
    except ImportError:
        return None
    try:
        nvml.nvmlInit()
        if card.isdecimal():
            return NvidiaSensor(nvml, nvml.nvmlDeviceGetHandleByIndex(int(card)))
        return NvidiaSensor(nvml, nvml.nvmlDeviceGetHandleByUUID(card))
    except nvml.NVMLError:
        return None
