"""Weights that were read: where they lie in memory, and whether they are numbers."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from torch import nn

from studio.domain.errors import ModelRefused
from studio.engine.devices import Device
from studio.engine.loading.gguf_weights import is_packed, take_packed
from studio.engine.placement.applying import reading_device

_HALF: Final = re.compile(r"\.fp16(-\d+-of-\d+)?\.safetensors$")
_ALIGNED_BYTES: Final = 64  # as torch's own tensors are
_FLOATS: Final = frozenset({torch.float16, torch.bfloat16, torch.float32})


def variant_of(folder: Path) -> str | None:
    """What `from_pretrained` is to read of a network's folder: None are the plain safetensors
    files, "fp16" where only those are there."""
    files = list(folder.glob("*.safetensors"))
    return "fp16" if files and all(_HALF.search(file.name) for file in files) else None


def fill(network: nn.Module, tensors: Mapping[str, torch.Tensor], device: Device) -> None:
    """Give an empty network its weights, one after the other; what it has no use for is left out.

    Raises:
        ValueError: a tensor is missing.
        RuntimeError: one has other axes than the network's.
    """
    wanted = set(network.state_dict())
    if missing := sorted(wanted - tensors.keys()):
        raise ValueError(f"{len(missing)} tensors are missing, {missing[0]} for one")
    where = reading_device(device)
    if any(map(is_packed, tensors.values())):
        tensors = take_packed(network, tensors, where, device.dtype)
        wanted &= tensors.keys()
    # What waits in the file until the device needs it takes no memory meanwhile.
    stays = where == device.torch_device
    weights = {
        name: tensors[name].contiguous().to(where, device.dtype, copy=stays) for name in wanted
    }
    # Packed weights are in their places already.
    network.load_state_dict(weights, strict=False, assign=True)


def settle(network: nn.Module, device: Device) -> None:
    """Put a network on `device`, ready to compute.

    On a CPU the last bits of what is computed depend on how weights are aligned; those that still
    lie in their file, wherever they happen to, are copied: the same weights are the same pictures.
    """
    network.to(reading_device(device)).eval().requires_grad_(False)
    if device.torch_device.type == "cpu":
        for tensor in itertools.chain(network.parameters(), network.buffers()):
            if _is_plain(tensor) and tensor.data_ptr() % _ALIGNED_BYTES:
                tensor.data = tensor.data.clone(memory_format=torch.contiguous_format)


def check_numbers(network: nn.Module, title: str, name: str) -> None:
    """Raise ModelRefused unless all weights of the part `name` are finite numbers."""
    # A sum is NaN or infinite as soon as one of its numbers is, and takes no further memory.
    if not all(
        bool(weight.sum(dtype=torch.float32).isfinite())
        for weight in network.parameters()
        if _is_plain(weight) and weight.dtype in _FLOATS
    ):
        raise ModelRefused(
            f"The {name.replace('_', ' ')} of “{title}” is damaged: some of its weights aren't "
            "numbers (NaN).",
            "Fetch the model again, or choose another.",
        )


def _is_plain(tensor: torch.Tensor) -> bool:
    """Whether it is numbers and nothing more, as quantised weights are."""
    return type(tensor) in (nn.Parameter, torch.Tensor)
