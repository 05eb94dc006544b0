"""GGUF files with weights in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch


def write_gguf(
    tensors: dict[str, torch.Tensor], path: Path, kind: Any, architecture: str = "flux"
) -> Path:
    """As published: matrices packed, all else in single precision."""
    import gguf

    writer = gguf.GGUFWriter(path, architecture)
    for name, tensor in tensors.items():
        numbers = tensor.detach().float().numpy()
        if tensor.dim() == 2 and tensor.shape[1] % 32 == 0:
            packed = gguf.quantize(numbers, kind)
            writer.add_tensor(name, packed, raw_dtype=kind)
        else:
            writer.add_tensor(name, numbers)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
