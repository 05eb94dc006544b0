"""The few things about a PNG file that a decoder doesn't tell: its text, and whether it is whole.

Source: PNG specification, third edition, W3C 2025. Reads with limits, trusts nothing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MAX_TEXT_BYTES: Final = 1 << 20
_MAX_CHUNKS: Final = 200_000
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7: Final = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)


class BrokenPng(ValueError):
    """Not a PNG, or one that breaks its own rules."""


def read_chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each chunk to IEND, each with its checksum verified.

    Raises:
        BrokenPng: damaged, cut off or not a PNG.
    """
    size = file.seek(0, 2)
    file.seek(0)
    if file.read(8) != SIGNATURE:
        raise BrokenPng("no PNG signature")
    for _ in range(_MAX_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            raise BrokenPng("cut off")
        length, kind = struct.unpack(">I4s", head)
        if length > size - file.tell() - 4:
            raise BrokenPng("cut off inside a chunk")
        content = file.read(length)
        (checksum,) = struct.unpack(">I", file.read(4))
        if zlib.crc32(content, zlib.crc32(kind)) != checksum:
            raise BrokenPng("wrong checksum")
        yield kind, content
        if kind == b"IEND":
            return
    raise BrokenPng("too many chunks")


def read_text(file: BinaryIO, keyword: str) -> str | None:
    """The iTXt of this keyword that stands before the pixels, or None.

    Text above 1 MiB counts as none.

    Raises:
        BrokenPng: damaged before the pixels begin.
    """
    for kind, content in read_chunks(file):
        if kind == b"IDAT":
            return None
        if kind == b"iTXt" and (text := _international_text(content, keyword)) is not None:
            return text
    return None


def check_whole(file: BinaryIO) -> tuple[int, int]:
    """Width and height, after making sure that every chunk is intact.

    Raises:
        BrokenPng: damaged or cut off.
    """
    width = height = 0
    for kind, content in read_chunks(file):
        if kind == b"IHDR" and len(content) == 13:
            width, height = struct.unpack(">II", content[:8])
    if not width or not height:
        raise BrokenPng("no size")
    return width, height


def check_rows(file: BinaryIO) -> None:
    """Make sure that there is a pixel for every place: decoders accept a stream that ends early.

    Raises:
        BrokenPng: rows are missing, or the file is damaged.
    """
    expected = found = 0
    inflate = zlib.decompressobj()
    for kind, content in read_chunks(file):
        if kind == b"IHDR":
            expected = _raw_bytes(content)
        elif kind == b"IDAT" and found < expected:
            try:
                while content and found < expected:
                    found += len(inflate.decompress(content, 1 << 20))
                    content = inflate.unconsumed_tail
            except zlib.error:
                raise BrokenPng("damaged pixels") from None
    if found < expected or not expected:
        raise BrokenPng("rows are missing")


def without_text(file: BinaryIO) -> bytes:
    """The same picture without its text, colour profile and EXIF.

    Raises:
        BrokenPng: damaged or cut off.
    """
    dropped = {b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"eXIf"}
    parts = [SIGNATURE]
    for kind, content in read_chunks(file):
        if kind not in dropped:
            checksum = zlib.crc32(content, zlib.crc32(kind))
            parts += [struct.pack(">I4s", len(content), kind), content, struct.pack(">I", checksum)]
    return b"".join(parts)


def _international_text(content: bytes, keyword: str) -> str | None:
    name, _, rest = content.partition(b"\0")
    if name != keyword.encode("latin-1") or len(rest) < 2:
        return None
    compressed = rest[0] == 1
    _, _, rest = rest[2:].partition(b"\0")
    _, _, text = rest.partition(b"\0")
    try:
        if compressed:
            inflate = zlib.decompressobj()
            text = inflate.decompress(text, MAX_TEXT_BYTES + 1)
        return text.decode() if len(text) <= MAX_TEXT_BYTES else None
    except (zlib.error, UnicodeDecodeError):
        return None


def _raw_bytes(header: bytes) -> int:
    """How many bytes the pixels have before compression, one filter byte for each row included."""
    if len(header) != 13:
        raise BrokenPng("no size")
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", header)
    bits = depth * _CHANNELS.get(colour, 0)
    if not interlace:
        return int(height * (1 + (width * bits + 7) // 8))
    total = 0
    for left, top, across, down in _ADAM7:
        columns = (width - left + across - 1) // across
        rows = (height - top + down - 1) // down
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total
