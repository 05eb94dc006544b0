"""The journal's file: records one after the other, each with its length and checksum.

A record that was cut off, or never reached the disk, ends the file; what is before it counts.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import IO, Final

import numpy as np

from studio.document.tiles import TILE, TiledImage
from studio.domain.events import Pixels

FILE_HEAD: Final = b"Pentimento journal 1\n"
_HEAD: Final = struct.Struct("<BII")  # kind, bytes, their checksum
_IMAGE_HEAD: Final = struct.Struct("<BB")  # channels, fill
_MOST_BYTES: Final = 1 << 26
# Noise takes longest to pack and becomes no smaller: a sixteenth of a tile tells.
_SAMPLED: Final = 16
_WORTHWHILE: Final = 0.8
_RAW, _PACKED = b"\0", b"\1"


class Kind(IntEnum):
    """A tile's pixels; an image, which names tiles; a moment, which names images."""

    TILE = 1
    IMAGE = 2
    MOMENT = 3


@dataclass(frozen=True, slots=True)
class Record:
    """Where a record's content lies in the file."""

    kind: Kind
    offset: int
    length: int


def framed(kind: Kind, content: bytes) -> tuple[bytes, bytes]:
    """What to write for a record: its head and its content."""
    return _HEAD.pack(kind, len(content), zlib.crc32(content, kind)), content


def records(stream: IO[bytes]) -> Iterator[tuple[Record, bytes]]:
    """All records up to the first that isn't whole, with their contents."""
    if stream.read(len(FILE_HEAD)) != FILE_HEAD:
        return
    offset = len(FILE_HEAD)
    while len(head := stream.read(_HEAD.size)) == _HEAD.size:
        kind, length, checksum = _HEAD.unpack(head)
        if kind not in list(Kind) or length > _MOST_BYTES:
            return
        content = stream.read(length)
        if len(content) != length or zlib.crc32(content, kind) != checksum:
            return
        offset += _HEAD.size
        yield Record(Kind(kind), offset, length), content
        offset += length


def tile_content(tile: Pixels, *, packed: bool) -> bytes:
    """A tile as a record's content; one that looks like noise stays as it is, even if `packed`."""
    data = tile.tobytes()
    if packed:
        few = data[: len(data) // _SAMPLED]
        packed = len(zlib.compress(few, 1)) < _WORTHWHILE * len(few)
    return _PACKED + zlib.compress(data, 1) if packed else _RAW + data


def tile_pixels(content: bytes, channels: int) -> Pixels:
    """The tile of a record, (256, 256[, channels]).

    Raises:
        ValueError: there are more or fewer pixels in it.
    """
    shape = (TILE, TILE) if channels == 1 else (TILE, TILE, channels)
    size = TILE * TILE * channels
    data = content[1:]
    if content[:1] == _PACKED:
        try:
            data = zlib.decompressobj().decompress(data, size + 1)
        except zlib.error as error:
            raise ValueError(str(error)) from error
    if len(data) != size:
        raise ValueError("a tile has another size")
    return np.frombuffer(data, np.uint8).reshape(shape).copy()


def image_content(image: TiledImage, tiles: list[tuple[int, int, int]]) -> bytes:
    """An image as a record's content; `tiles` are rows, columns and the tiles' numbers."""
    head = _IMAGE_HEAD.pack(image.channels, image.fill)
    return head + np.array(tiles, np.int32).reshape(-1, 3).tobytes()


def image_tiles(content: bytes) -> tuple[TiledImage, list[tuple[int, int, int]]]:
    """The empty image of a record, and which tiles belong into it.

    Raises:
        ValueError, struct.error: it is no image.
    """
    channels, fill = _IMAGE_HEAD.unpack_from(content)
    if channels not in (1, 4):
        raise ValueError("an image has one channel or four")
    places = np.frombuffer(content, np.int32, offset=_IMAGE_HEAD.size).reshape(-1, 3)
    return TiledImage(channels, fill), [(row, col, tile) for row, col, tile in places.tolist()]
