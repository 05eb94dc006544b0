"""What is in a GGUF file, from its header alone: no weights are read.

Format: magic, version, counts; then metadata as typed key-value pairs; then each tensor's name,
shape (fastest axis first), type and offset; then the tensors' bytes.
Source: the GGUF specification (ggml's docs/gguf.md), versions 2 and 3. The file may come from
anywhere, so every length is checked before anything of that length is read.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from studio.catalog.probe import MAX_TENSORS, Header, TensorInfo
from studio.domain.errors import ModelRefused

MAGIC: Final = b"GGUF"
_MAX_HEADER_BYTES: Final = 64 << 20
_MAX_ENTRIES: Final = 10_000
_MAX_ITEMS: Final = 1_000_000
_MAX_KEPT_CHARS: Final = 4_096
_MAX_DIMENSIONS: Final = 4
_STRING: Final = 8
_ARRAY: Final = 9
# The numbers of value types and how many bytes each takes.
_SCALARS: Final[Mapping[int, str]] = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
# Tensor types: name, weights in a block, bytes of a block (ggml's table of quantisation sizes).
_TYPES: Final[Mapping[int, tuple[str, int, int]]] = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
}


def read_gguf_header(path: Path) -> Header:
    """Read and check a file's header. Shapes are turned into torch's order, the slowest axis first;
    of the metadata, short values are kept as text.

    Raises:
        ModelRefused: not GGUF, damaged, cut off, or beyond the limits; the sentence says which.
    """
    reader, size = _opened(path)
    with _refusing(path):
        return reader.header(size)


def read_gguf_lists(path: Path, keys: Collection[str]) -> dict[str, list[str] | list[int]]:
    """The lists of texts or whole numbers that a file's metadata has under these keys.

    Raises:
        ModelRefused: as `read_gguf_header`.
    """
    reader, size = _opened(path, keys)
    with _refusing(path):
        reader.header(size)
    return reader.lists


def read_gguf_places(path: Path) -> Mapping[str, tuple[int, int]]:
    """At which of a file's bytes each tensor begins, and how many it takes.

    Raises:
        ModelRefused: as `read_gguf_header`.
    """
    reader, size = _opened(path)
    with _refusing(path):
        reader.header(size)
    return reader.places


def _opened(path: Path, wanted: Collection[str] = ()) -> tuple[_Reader, int]:
    """What goes through a file's header, and how many bytes the file has."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            content = file.read(min(size, _MAX_HEADER_BYTES))
    except OSError as error:
        raise ModelRefused(f"{path.name} can't be read: {error.strerror}.") from error
    if content[:4] != MAGIC:
        raise ModelRefused(f"{path.name} is no GGUF file.", "Fetch it again.")
    return _Reader(content, path.name, wanted), size


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except (struct.error, ValueError, OverflowError):
        raise _damaged(path.name) from None


class _Reader:
    """Goes through a header's bytes; reading past their end raises struct.error. Of lists it keeps
    those `wanted`, by their keys; `places` are the tensors', as in `read_gguf_places`."""

    def __init__(self, content: bytes, name: str, wanted: Collection[str] = ()) -> None:
        self.lists: dict[str, list[str] | list[int]] = {}
        self.places: dict[str, tuple[int, int]] = {}
        self._content = content
        self._name = name
        self._wanted = wanted
        self._at = len(MAGIC)

    def header(self, size: int) -> Header:
        version = self._number("<I")
        if version not in (2, 3):
            raise ModelRefused(f"{self._name} is of GGUF version {version}, which isn't known.")
        tensor_count, entry_count = self._number("<Q"), self._number("<Q")
        if tensor_count > MAX_TENSORS or entry_count > _MAX_ENTRIES:
            raise ModelRefused(f"{self._name} lists more than {MAX_TENSORS} tensors.")
        metadata = {}
        alignment = 32
        for _ in range(entry_count):
            key = self._text()
            value = self._value(self._number("<I"), key)
            if value is not None:
                metadata[key] = value
            if key == "general.alignment" and value is not None and value.isdecimal():
                alignment = max(1, min(int(value), 1 << 16))
        tensors: dict[str, TensorInfo] = {}
        offsets: dict[str, tuple[int, int]] = {}
        for _ in range(tensor_count):
            name, tensor, at, length = self._tensor()
            if name in tensors:
                raise _damaged(self._name)
            tensors[name] = tensor
            offsets[name] = at, length
        begin = -(-self._at // alignment) * alignment
        self.places = {name: (begin + at, length) for name, (at, length) in offsets.items()}
        if any(at + length > size for at, length in self.places.values()):
            raise ModelRefused(
                f"{self._name} ends too early: its download was cut off.", "Fetch it again."
            )
        return Header(tensors, metadata)

    def _tensor(self) -> tuple[str, TensorInfo, int, int]:
        name = self._text()
        dimensions = self._number("<I")
        if dimensions > _MAX_DIMENSIONS:
            raise _damaged(self._name)
        shape = tuple(self._number("<Q") for _ in range(dimensions))
        kind, offset = self._number("<I"), self._number("<Q")
        if kind not in _TYPES:
            raise ModelRefused(f"{self._name} has weights of a kind that isn't known ({kind}).")
        dtype, block, block_bytes = _TYPES[kind]
        weights = math.prod(shape)
        if weights % block:
            raise _damaged(self._name)
        return name, TensorInfo(dtype, shape[::-1]), offset, weights // block * block_bytes

    def _value(self, kind: int, key: str) -> str | None:
        """A value as text; None for what is long or a list, which is kept or passed over."""
        if kind == _STRING:
            text = self._text()
            return text if len(text) <= _MAX_KEPT_CHARS else None
        if kind == _ARRAY:
            item, count = self._number("<I"), self._number("<Q")
            if count > _MAX_ITEMS:
                raise _damaged(self._name)
            if key in self._wanted:
                self.lists[key] = self._items(item, count)
            elif item == _STRING:
                for _ in range(count):
                    self._skip(self._number("<Q"))
            else:
                self._skip(struct.calcsize(self._format(item)) * count)
            return None
        (value,) = self._unpack(self._format(kind))
        return str(value)

    def _items(self, kind: int, count: int) -> list[str] | list[int]:
        if kind == _STRING:
            return [self._text() for _ in range(count)]
        form = self._format(kind)
        return [int(number) for number in self._unpack(f"<{count}{form[1]}")]

    def _format(self, kind: int) -> str:
        if kind not in _SCALARS:
            raise _damaged(self._name)
        return _SCALARS[kind]

    def _text(self) -> str:
        begin = self._at + 8
        self._skip(self._number("<Q"))
        return self._content[begin : self._at].decode()

    def _number(self, form: str) -> int:
        return int(self._unpack(form)[0])

    def _unpack(self, form: str) -> tuple[int | float, ...]:
        values = struct.unpack_from(form, self._content, self._at)
        self._at += struct.calcsize(form)
        return values

    def _skip(self, count: int) -> None:
        if count > len(self._content) - self._at:
            raise _damaged(self._name)
        self._at += count


def _damaged(name: str) -> ModelRefused:
    return ModelRefused(f"{name} is damaged: its header contradicts itself.", "Fetch it again.")
