"""What is in a safetensors file, from its header alone: no weights are read, nothing is run.

Format: 8 bytes with the header's length, the header as JSON, the tensors' bytes without gaps.
Source: the safetensors specification. The file may come from anywhere, so every number is checked
and a header has narrower limits than the format's own.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from studio.catalog.bounded import parse_object
from studio.domain.errors import ModelRefused

MAX_HEADER_BYTES: Final = 16 << 20
MAX_TENSORS: Final = 20_000
_MAX_DIMENSIONS: Final = 16
_BITS: Final = {
    "BOOL": 8,
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "U8": 8,
    "I8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
    "F8_E8M0": 8,
    "U16": 16,
    "I16": 16,
    "F16": 16,
    "BF16": 16,
    "U32": 32,
    "I32": 32,
    "F32": 32,
    "U64": 64,
    "I64": 64,
    "F64": 64,
    "C64": 64,
}
_ONLY_WHOLE: Final = {int}
_PICKLE_OR_ZIP: Final = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")


class TensorInfo(NamedTuple):
    """One tensor of a file. `dtype` is the format's name for it ("F16", "BF16")."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """Everything a safetensors file says before its weights."""

    tensors: Mapping[str, TensorInfo]
    metadata: Mapping[str, str]

    @property
    def parameters(self) -> int:
        """How many numbers the file holds."""
        return sum(math.prod(tensor.shape) for tensor in self.tensors.values())


def read_header(path: Path) -> Header:
    """Read and check a file's header; takes milliseconds however large the file is.

    Raises:
        ModelRefused: not safetensors, damaged, cut off, or beyond the limits; the sentence says
            which.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            start = file.read(9)
            if start[8:] != b"{":
                raise _other_kind(path.name, start)
            file.seek(8)
            (length,) = struct.unpack("<Q", start[:8])
            if length > MAX_HEADER_BYTES:
                raise ModelRefused(f"{path.name} has a header larger than the studio reads.")
            if length > size - 8:
                raise _cut_off(path.name)
            content = file.read(length)
    except OSError as error:
        raise ModelRefused(f"{path.name} can't be read: {error.strerror}.") from error
    record = parse_object(content, path.name)
    metadata = record.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise _damaged(path.name)
    if len(record) > MAX_TENSORS:
        raise ModelRefused(f"{path.name} lists more than {MAX_TENSORS} tensors.")
    return Header(_tensors(path.name, record, size - 8 - length), metadata)


def _tensors(name: str, record: dict[str, Any], room: int) -> dict[str, TensorInfo]:
    """The tensors, once it is certain that they fill `room` bytes without gaps or overlaps."""
    tensors = {}
    spans = []
    for key, entry in record.items():
        try:
            dtype, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
            bits = _BITS[dtype]
        except (KeyError, TypeError, ValueError):
            raise _damaged(name) from None
        if not isinstance(shape, list) or len(shape) > _MAX_DIMENSIONS:
            raise _damaged(name)
        numbers = (*shape, begin, end)
        if set(map(type, numbers)) != _ONLY_WHOLE or min(numbers) < 0:
            raise _damaged(name)
        if (end - begin) * 8 != math.prod(shape) * bits:
            raise _damaged(name)
        tensors[key] = TensorInfo(dtype, tuple(shape))
        spans.append((begin, end))
    reached = 0
    for begin, end in sorted(spans):
        if begin != reached:
            raise _damaged(name)
        reached = end
    if reached > room:
        raise _cut_off(name)
    if reached < room:
        raise _damaged(name)
    return tensors


def _other_kind(name: str, start: bytes) -> ModelRefused:
    """What a file that doesn't begin like safetensors most likely is."""
    if not start:
        return ModelRefused(f"{name} is empty.", "Fetch it again.")
    if start.startswith(_PICKLE_OR_ZIP):
        return ModelRefused(
            f"{name} is a pickle under another name, which can run any program when it is opened.",
            "Fetch the model's safetensors files instead.",
        )
    if start.lstrip()[:1] == b"<":
        return ModelRefused(
            f"{name} is a web page that was saved instead of the model.",
            "Log in at the site, then download it again.",
        )
    if start.startswith(b"version "):
        return ModelRefused(
            f"{name} is only a pointer to the model (Git LFS).", "Fetch it with “git lfs pull”."
        )
    return _cut_off(name) if len(start) < 9 else _damaged(name)


def _cut_off(name: str) -> ModelRefused:
    return ModelRefused(f"{name} ends too early: its download was cut off.", "Fetch it again.")


def _damaged(name: str) -> ModelRefused:
    return ModelRefused(f"{name} is damaged: its header contradicts itself.", "Fetch it again.")
