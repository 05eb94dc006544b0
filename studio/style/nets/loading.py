"""The networks that come with the studio, from their safetensors files."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from studio.domain.errors import ModelNotFound, ModelRefused
from studio.domain.resources import RESOURCES

NETWORKS: Final = RESOURCES / "styles" / "networks"
_SCALE: Final = "_scale"

Network = TypeVar("Network", bound=nn.Module)


def load_network(network: Network, name: str, device: torch.device) -> Network:
    """Fill `network` with the weights of one of the studio's files, float32, on `device`.

    Raises:
        ModelNotFound: the file is gone.
        ModelRefused: it is damaged.
    """
    path = NETWORKS / f"{name}.safetensors"
    if not path.is_file():
        raise ModelNotFound(f"The style network “{name}” is missing.", "Install the studio again.")
    try:
        network.load_state_dict(read_weights(path))
    except (SafetensorError, KeyError, RuntimeError) as error:
        raise ModelRefused(
            f"The style network “{name}” is damaged ({type(error).__name__}).",
            "Install the studio again.",
        ) from error
    network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    network.eval().requires_grad_(False)
    return network


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """A file's weights as float32: int8 ones times `<name>_scale`, the scale of each output."""
    stored = load_file(path)
    weights = {}
    for name, values in stored.items():
        if name.endswith(_SCALE):
            continue
        weight = values.float()
        if values.dtype == torch.int8:
            weight *= stored[name + _SCALE].view(-1, *[1] * (weight.ndim - 1))
        weights[name] = weight
    return weights
