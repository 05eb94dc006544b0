"""The metadata items of AVIF and HEIF files.

Source: ISO/IEC 14496-12 (boxes, iinf, iloc), ISO/IEC 23008-12 annex A (Exif and XMP items).
"""

from __future__ import annotations

import struct
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

_MAX_BOXES: Final = 256
_MAX_META_BYTES: Final = 1 << 20
_MAX_ITEMS: Final = 4_096


@dataclass(frozen=True, slots=True)
class Items:
    """The raw Exif item, with the four bytes before its TIFF header, and the XMP packet."""

    exif: bytes = b""
    xmp: bytes = b""


def read_items(file: BinaryIO, limit: int) -> Items:
    """The first item of each kind, each at most `limit` bytes; empty where there is none.

    Never raises for what the file holds.
    """
    size = file.seek(0, 2)
    meta = _meta(file, size)
    try:
        boxes = {kind: (start, end) for kind, start, end in _boxes(meta, 4, len(meta))}
        kinds = _kinds(meta, *boxes.get(b"iinf", (0, 0)))
        places = dict(_places(meta, *boxes.get(b"iloc", (0, 0)), kinds.keys()))
    except (struct.error, IndexError):
        return Items()
    contents: dict[str, bytes] = {}
    for item, (in_meta, start, length) in places.items():
        kind = kinds[item]
        if kind in contents or not 0 < length <= limit:
            continue
        if in_meta:
            start += boxes.get(b"idat", (0, 0))[0]
            contents[kind] = meta[start : start + length]
        elif start + length <= size:
            file.seek(start)
            contents[kind] = file.read(length)
    return Items(contents.get("exif", b""), contents.get("xmp", b""))


def _meta(file: BinaryIO, size: int) -> bytes:
    place = 0
    for _ in range(_MAX_BOXES):
        file.seek(place)
        head = file.read(16)
        if len(head) < 16:
            return b""
        length, kind = struct.unpack_from(">I4s", head)
        start = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", head, 8)
            start = 16
        if length < start or place + length > size:
            return b""
        if kind == b"meta":
            file.seek(place + start)
            return file.read(length - start) if length <= _MAX_META_BYTES else b""
        place += length
    return b""


def _boxes(content: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each box between two places."""
    while start + 8 <= end:
        length, kind = struct.unpack_from(">I4s", content, start)
        if length < 8 or start + length > end:
            return
        yield kind, start + 8, start + length
        start += length


def _kinds(meta: bytes, start: int, end: int) -> dict[int, str]:
    """Which items are Exif or XMP."""
    kinds: dict[int, str] = {}
    if end - start < 6:
        return kinds
    first = start + (6 if meta[start] == 0 else 8)
    for kind, at, stop in _boxes(meta, first, end):
        if kind != b"infe" or meta[at] not in (2, 3):
            continue
        wide = meta[at] == 3
        (item,) = struct.unpack_from(">I" if wide else ">H", meta, at + 4)
        place = at + (8 if wide else 6) + 2
        if meta[place : place + 4] == b"Exif":
            kinds[item] = "exif"
        elif b"application/rdf+xml" in meta[place + 4 : stop]:
            kinds[item] = "xmp"
    return kinds


def _places(
    meta: bytes, start: int, end: int, wanted: Container[int]
) -> Iterator[tuple[int, tuple[bool, int, int]]]:
    """Of each wanted item: whether it lies in the meta box itself, where, and how long it is."""
    if end - start < 8:
        return
    version = meta[start]
    sizes, more = meta[start + 4], meta[start + 5]
    offset_bytes, length_bytes = sizes >> 4, sizes & 15
    base_bytes, index_bytes = more >> 4, (more & 15) if version else 0
    count, at = _number(meta, start + 6, 4 if version == 2 else 2)
    for _ in range(min(count, _MAX_ITEMS)):
        item, at = _number(meta, at, 4 if version == 2 else 2)
        method = 0
        if version:
            method, at = _number(meta, at, 2)
        base, at = _number(meta, at + 2, base_bytes)
        extents, at = _number(meta, at, 2)
        for extent in range(min(extents, _MAX_ITEMS)):
            offset, at = _number(meta, at + index_bytes, offset_bytes)
            length, at = _number(meta, at, length_bytes)
            if extent == 0 and extents == 1 and item in wanted:
                yield item, (method & 15 == 1, base + offset, length)
        if at >= end:
            return


def _number(content: bytes, place: int, size: int) -> tuple[int, int]:
    return int.from_bytes(content[place : place + size], "big"), place + size
