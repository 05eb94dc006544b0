"""Upscalers from their safetensors files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from studio.domain.errors import ModelNotFound, ModelRefused
from studio.domain.upscalers import Architecture, UpscalerInfo
from studio.engine.devices import Device
from studio.engine.upscaling.rrdb import ResidualDenseNet
from studio.engine.upscaling.srvgg import CompactNet
from studio.engine.upscaling.upscaler import Upscaler

_Read = Callable[[Mapping[str, torch.Tensor]], CompactNet | ResidualDenseNet]
_ARCHITECTURES: Final[Mapping[Architecture, _Read]] = {
    Architecture.COMPACT: CompactNet.from_state,
    Architecture.RESIDUAL_DENSE: ResidualDenseNet.from_state,
}


def load_upscaler(info: UpscalerInfo, device: Device) -> Upscaler:
    """Load an upscaler onto `device`.

    Raises:
        ModelNotFound: its file is gone.
        ModelRefused: the file is damaged or holds something else.
    """
    if not info.path.is_file():
        raise ModelNotFound(
            f"The file of “{info.title}” is gone: {info.path}.", "Put it back, or choose another."
        )
    try:
        network = _ARCHITECTURES[info.architecture](load_file(info.path))
    except (SafetensorError, KeyError, IndexError, ValueError, RuntimeError) as error:
        raise ModelRefused(
            f"“{info.title}” is damaged, or no upscaler that the studio knows "
            f"({type(error).__name__}).",
            "Fetch the file again, or choose another.",
        ) from error
    ready: nn.Module = network.to(device.torch_device, device.dtype).eval()
    ready.requires_grad_(False)
    return Upscaler(network, device)
