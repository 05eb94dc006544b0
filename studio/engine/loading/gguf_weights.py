"""Networks in GGUF files: most weights stay as few bits as they are, and each layer unpacks its own
when it computes.

Unpacking is diffusers' (quantizers/gguf), which wants the package gguf, an extra. Its reader looks
at each of a language model's hundred thousand words, for ten seconds; the catalog's passes them by.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from studio.catalog.gguf import read_gguf_header, read_gguf_places
from studio.domain.errors import EngineError
from studio.engine.replay import not_repeatable

SUFFIX: Final = ".gguf"
_PLAIN: Final = {"F32": torch.float32, "F16": torch.float16}


def read_gguf(path: Path) -> dict[str, torch.Tensor]:
    """All tensors of a file; those of few bits are bytes that remember what they stand for.

    Raises:
        EngineError: the package that reads them isn't installed.
        ValueError: some are packed in a way that diffusers can't unpack.
    """
    try:
        kinds = importlib.import_module("gguf").GGMLQuantizationType
    except ImportError:
        raise EngineError(
            f"{path.name} is a GGUF file, and the package that reads such files isn't installed.",
            "Install the extra “gguf”, or use a safetensors file of this model.",
        ) from None
    from diffusers.quantizers.gguf.utils import SUPPORTED_GGUF_QUANT_TYPES, GGUFParameter

    places = read_gguf_places(path)
    content = np.memmap(path, np.uint8, "r")
    tensors: dict[str, torch.Tensor] = {}
    for name, tensor in read_gguf_header(path).tensors.items():
        begin, length = places[name]
        stored = torch.from_numpy(content[begin : begin + length].copy())
        if tensor.dtype in _PLAIN:
            tensors[name] = stored.view(_PLAIN[tensor.dtype]).reshape(tensor.shape)
            continue
        kind = kinds[tensor.dtype]
        if kind not in SUPPORTED_GGUF_QUANT_TYPES:
            raise ValueError(f"{name} is packed as {tensor.dtype}")
        rows = stored.reshape(*tensor.shape[:-1], -1)
        tensors[name] = GGUFParameter(rows, quant_type=kind)  # type: ignore[no-untyped-call]
    return tensors


def is_packed(tensor: torch.Tensor) -> bool:
    """Whether a tensor is bytes that stand for weights."""
    return hasattr(tensor, "quant_type")


def unpacked(tensor: torch.Tensor) -> torch.Tensor:
    """The numbers that a tensor's bytes stand for; a plain one as it is."""
    if not is_packed(tensor):
        return tensor
    from diffusers.quantizers.gguf.utils import dequantize_gguf_tensor

    numbers: torch.Tensor = dequantize_gguf_tensor(tensor)  # type: ignore[no-untyped-call]
    return numbers


def take_packed(
    network: nn.Module,
    tensors: Mapping[str, torch.Tensor],
    device: torch.device,
    dtype: torch.dtype,
) -> dict[str, torch.Tensor]:
    """Give the linear layers of an empty network their packed weights, on `device`; they compute in
    `dtype`. Returns the other tensors, unpacked.

    Raises:
        ValueError: packed weights are of other axes than the layer's.
    """
    from diffusers.quantizers.gguf.utils import GGUFLinear

    plain = dict(tensors)
    for name, module in list(network.named_modules()):
        weight = tensors.get(f"{name}.weight")
        if weight is None or not is_packed(weight) or type(module) is not nn.Linear:
            continue
        packed: Any = weight
        if tuple(packed.quant_shape) != tuple(module.weight.shape):
            raise ValueError(f"{name} has the axes {tuple(packed.quant_shape)}")
        with torch.device("meta"):
            linear = GGUFLinear(
                module.in_features, module.out_features, module.bias is not None, dtype
            )
        linear.weight = packed.to(device)
        network.set_submodule(name, linear)
        del plain[f"{name}.weight"]
    # What is unpacked at every step isn't to be kept, as a repeated step would.
    network.register_forward_pre_hook(lambda module, inputs: not_repeatable())
    return {name: unpacked(tensor) for name, tensor in plain.items()}
