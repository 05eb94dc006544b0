"""In which numbers a file's weights are kept."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Final

from studio.catalog.probe import Header

_NAMES: Final[Mapping[str, str]] = {
    "F64": "fp64",
    "F32": "fp32",
    "F16": "fp16",
    "BF16": "bf16",
    "F8_E4M3": "fp8",
    "F8_E5M2": "fp8",
    "I8": "int8",
}
# What bitsandbytes adds to each weight that it has packed, two to a byte.
_PACKED: Final = (
    (".quant_state.bitsandbytes__nf4", "nf4"),
    (".quant_state.bitsandbytes__fp4", "fp4"),
)
# What Nunchaku's quantiser calls the scales of its packed weights.
_SVD_QUANT: Final = ".wscales"
_GGUF: Final = "gguf"


def precision_of(header: Header) -> str:
    """That of most of a file's weights: "fp16", "nf4", "gguf Q4_K"…; empty if none is known."""
    for ending, name in _PACKED:
        if any(key.endswith(ending) for key in header.tensors):
            return name
    if any(key.endswith(_SVD_QUANT) for key in header.tensors):
        return "int4"
    weights: Counter[str] = Counter()
    for tensor in header.tensors.values():
        weights[tensor.dtype] += math.prod(tensor.shape)
    if not weights:
        return ""
    ((dtype, _),) = weights.most_common(1)
    return _NAMES.get(dtype, f"{_GGUF} {dtype}" if _is_block_type(dtype) else "")


def _is_block_type(dtype: str) -> bool:
    return dtype.startswith(("Q", "IQ"))


def parameters_of(header: Header) -> int:
    """How many weights a file holds; of packed ones there are two in a byte."""
    is_packed = any(key.endswith(end) for key in header.tensors for end, _ in _PACKED)
    if not is_packed:
        return header.parameters
    return sum(
        math.prod(tensor.shape) * (2 if tensor.dtype == "U8" and key.endswith(".weight") else 1)
        for key, tensor in header.tensors.items()
    )
