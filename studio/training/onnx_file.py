"""The weights in an ONNX file, read without ONNX's own package.

An ONNX file is one protocol buffer message: fields, each a number, a kind and a value (Google's
“Encoding”: varints, and bytes with their length before them). Of onnx.proto these are read: the
model's graph (7); the graph's nodes (1) and initialisers (5); a node's inputs (1), outputs (2) and
operation (4); a tensor's sides (1), type (2), name (8) and its numbers, which lie
in raw bytes (9) or packed as float32 (4), int32 (5) or int64 (7).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_DTYPES: Final = {1: "<f4", 3: "i1", 6: "<i4", 7: "<i8"}
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5
_Value = int | bytes


@dataclass(frozen=True)
class Node:
    """One operation: the names of what goes in and comes out."""

    operation: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """A network: its operations in order, and its weights by name."""

    nodes: tuple[Node, ...]
    weights: dict[str, NDArray[np.generic]]


def read_onnx(content: bytes) -> Graph:
    """The graph of a model file.

    Raises:
        ValueError: not ONNX, bytes missing, or weights of a type that the studio doesn't convert.
    """
    (graph,) = [value for number, value in _fields(content) if number == 7]
    nodes, weights = [], {}
    for number, value in _fields(_as_bytes(graph)):
        if number == 1:
            nodes.append(_node(_as_bytes(value)))
        elif number == 5:
            name, tensor = _tensor(_as_bytes(value))
            weights[name] = tensor
    return Graph(tuple(nodes), weights)


def _node(content: bytes) -> Node:
    fields = list(_fields(content))
    inputs, outputs, (operation,) = (
        tuple(_as_bytes(value).decode() for number, value in fields if number == wanted)
        for wanted in (1, 2, 4)
    )
    return Node(operation, inputs, outputs)


def _tensor(content: bytes) -> tuple[str, NDArray[np.generic]]:
    fields = list(_fields(content))
    named = dict(fields)
    sides: list[int] = []
    for number, value in fields:
        if number == 1:  # one by one, or all packed into bytes
            sides += [value] if isinstance(value, int) else _varints(value)
    name = _as_bytes(named[8]).decode()
    if (kind := named[2]) not in _DTYPES:
        raise ValueError(f"{name} is of type {kind!r}")
    dtype = np.dtype(_DTYPES[kind])
    if 5 in named or 7 in named:
        integers = np.array(_varints(_as_bytes(named.get(5) or named[7])), np.uint64)
        return name, integers.astype(np.int64).astype(dtype).reshape(sides)
    raw = np.frombuffer(_as_bytes(named.get(9) or named.get(4, b"")), dtype)
    return name, raw.reshape(sides)


def _fields(content: bytes) -> Iterator[tuple[int, _Value]]:
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(content, at)
            yield number, value
            continue
        if kind == _LENGTH:
            length, at = _varint(content, at)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            length = 8 if kind == _EIGHT_BYTES else 4
        else:
            raise ValueError("not a protocol buffer message")
        if at + length > len(content):
            raise ValueError("bytes are missing")
        yield number, content[at : at + length]
        at += length


def _varints(content: bytes) -> list[int]:
    values, at = [], 0
    while at < len(content):
        value, at = _varint(content, at)
        values.append(value)
    return values


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """The number that begins at `at`, seven bits a byte, and where it ends."""
    value = 0
    for position, byte in enumerate(content[at : at + 10]):
        value |= (byte & 0x7F) << 7 * position
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at + position + 1
    raise ValueError("bytes are missing")


def _as_bytes(value: _Value) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("not an ONNX model")
    return value
