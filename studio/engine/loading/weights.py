"""Weights that were read: where they lie in memory, and whether they are numbers."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import torch
from torch import nn

from studio.domain.errors import ModelRefused
from studio.engine.devices import Device
from studio.engine.placement.applying import reading_device


def fill(network: nn.Module, tensors: Mapping[str, torch.Tensor], device: Device) -> None:
    """Give an empty network its weights, one after the other; what it has no use for is left out.

    Raises:
        ValueError: a tensor is missing.
        RuntimeError: one has other axes than the network's.
    """
    wanted = network.state_dict().keys()
    if missing := sorted(wanted - tensors.keys()):
        raise ValueError(f"{len(missing)} tensors are missing, {missing[0]} for one")
    weights = {
        name: tensors[name].contiguous().to(reading_device(device), device.dtype, copy=True)
        for name in wanted
    }
    network.load_state_dict(weights, assign=True)


def settle(network: nn.Module, device: Device) -> None:
    """Put a network on `device`, ready to compute, in memory of its own: what still lies in the
    file, wherever it happens to, is lost with it, and the last bits of what is computed depend on
    how it is aligned."""
    network.to(reading_device(device)).eval().requires_grad_(False)
    for tensor in itertools.chain(network.parameters(), network.buffers()):
        if tensor.device.type == "cpu":
            tensor.data = tensor.data.clone(memory_format=torch.contiguous_format)


def check_numbers(network: nn.Module, title: str, name: str) -> None:
    """Raise ModelRefused unless all weights of the part `name` are finite numbers."""
    # A sum is NaN or infinite as soon as one of its numbers is, and takes no further memory.
    if not all(
        bool(weight.sum(dtype=torch.float32).isfinite())
        for weight in network.parameters()
        if weight.is_floating_point()
    ):
        raise ModelRefused(
            f"The {name.replace('_', ' ')} of “{title}” is damaged: some of its weights aren't "
            "numbers (NaN).",
            "Fetch the model again, or choose another.",
        )
