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
# What bitsandbytes adds to each weight that it has packed, and what Nunchaku calls its scales.
_PACKED: Final = (
    (".quant_state.bitsandbytes__nf4", "nf4"),
    (".quant_state.bitsandbytes__fp4", "fp4"),
    (".wscales", "int4"),
)
_PACKED_DTYPES: Final = frozenset({"U8", "I8"})
_GGUF: Final = "gguf"
_BLOCK_TYPES: Final = ("Q", "IQ")


def precision_of(header: Header) -> str:
    """That of most of a file's weights: "fp16", "nf4", "gguf Q4_K"…; empty if none is known."""
    if packed := _packed_in(header):
        return packed
    weights: Counter[str] = Counter()
    for tensor in header.tensors.values():
        weights[tensor.dtype] += math.prod(tensor.shape)
    if not weights:
        return ""
    ((dtype, _),) = weights.most_common(1)
    return _NAMES.get(dtype, f"{_GGUF} {dtype}" if dtype.startswith(_BLOCK_TYPES) else "")


def parameters_of(header: Header) -> int:
    """How many weights a file holds; of packed ones there are two in a byte."""
    if not _packed_in(header):
        return header.parameters
    return sum(
        math.prod(tensor.shape) * (2 if tensor.dtype in _PACKED_DTYPES and _is_weight(key) else 1)
        for key, tensor in header.tensors.items()
    )


def _is_weight(name: str) -> bool:
    """Whether a tensor of a packed file holds weights, not what unpacks them."""
    return name.endswith((".weight", ".qweight"))


def _packed_in(header: Header) -> str:
    """How most of a file's weights are packed, two to a byte; empty if they aren't."""
    if not any(tensor.dtype in _PACKED_DTYPES for tensor in header.tensors.values()):
        return ""
    endings = "\n".join([*header.tensors, ""])
    return next((name for ending, name in _PACKED if f"{ending}\n" in endings), "")
