"""Where the arithmetic happens: the one place that picks a device and a dtype for it."""

from __future__ import annotations

import gc
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from studio.domain.errors import EngineError
from studio.domain.planning import Placement

VARIABLE: Final = "PENTIMENTO_DEVICE"


@dataclass(frozen=True, slots=True)
class Device:
    """A device, the dtype that models compute in there, and its name for people.

    `placement` is how the model that is being loaded is to lie there; whole if there is none.
    """

    torch_device: torch.device
    dtype: torch.dtype
    name: str
    placement: Placement | None = None

    def memory_bytes(self) -> int:
        """What the studio takes on the device: tensors on a GPU, all it holds on a CPU.

        0 where the system doesn't tell.
        """
        match self.torch_device.type:
            case "cuda":
                return torch.cuda.memory_allocated(self.torch_device)
            case "mps":
                return torch.mps.current_allocated_memory()
        try:
            resident_pages = int(Path("/proc/self/statm").read_text().split()[1])
        except OSError:
            return 0
        return resident_pages * os.sysconf("SC_PAGE_SIZE")

    def release_memory(self) -> None:
        """Give back what nothing refers to any more."""
        gc.collect()
        match self.torch_device.type:
            case "cuda":
                torch.cuda.empty_cache()
            case "mps":
                torch.mps.empty_cache()


def pick_device(environment: Mapping[str, str] = os.environ) -> Device:
    """The best device of this machine, or the one that `PENTIMENTO_DEVICE` names.

    Half precision on GPUs: Stable Diffusion's weights are published in float16, which has three
    more bits of mantissa than bfloat16. A CPU computes in float32, as most have nothing faster.

    Raises:
        EngineError: `PENTIMENTO_DEVICE` names a device that isn't there.
    """
    wish = environment.get(VARIABLE, "").strip().lower()
    if wish:
        return _named_device(wish)
    if torch.cuda.is_available():
        return _named_device("cuda")
    if torch.backends.mps.is_available():
        return _named_device("mps")
    return _named_device("cpu")


def _named_device(name: str) -> Device:
    remedy = f"Set {VARIABLE} to cpu, cuda, cuda:1 or mps, or leave it out."
    try:
        device = torch.device(name)
    except RuntimeError:
        raise EngineError(f"There is no kind of device named “{name}”.", remedy) from None
    match device.type:
        case "cpu":
            return Device(device, torch.float32, f"CPU, {torch.get_num_threads()} threads")
        case "cuda" if (
            torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()
        ):
            return Device(device, torch.float16, torch.cuda.get_device_name(device))
        case "mps" if torch.backends.mps.is_available():
            return Device(device, torch.float16, f"Apple GPU, {platform.machine()}")
    raise EngineError(f"This machine has no device “{name}”.", remedy)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device or the machine ran out of memory, in any of the ways torch says so, or
    because of which another library gave up."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error)
    if isinstance(error, RuntimeError) and (
        "DefaultCPUAllocator" in text or "out of memory" in text
    ):
        return True
    return error.__cause__ is not None and is_out_of_memory(error.__cause__)
