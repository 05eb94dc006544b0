"""The few things about a PNG file that a decoder doesn't tell: its text, and whether it is whole.

Source: PNG specification, third edition, W3C 2025. Reads with limits, trusts nothing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MAX_TEXT_BYTES: Final = 1 << 20
MAX_FOREIGN_TEXT_BYTES: Final = 4 << 20
_MAX_TEXTS: Final = 256
_MAX_ALL_TEXT_BYTES: Final = 16 << 20
_MAX_CHUNKS: Final = 200_000
_TEXT_KINDS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf"})
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


@dataclass(frozen=True, slots=True)
class Texts:
    """What a PNG says beside its pixels: `texts` by keyword, and the raw EXIF block."""

    texts: dict[str, str]
    exif: bytes


def read_texts(file: BinaryIO) -> Texts:
    """Every text and the EXIF of a PNG, wherever they stand; pixels are passed over unread.

    Takes what any program writes: of several texts with one keyword the first counts, one that is
    damaged or above 4 MiB counts as none, and at a damaged place the reading ends.
    """
    texts: dict[str, str] = {}
    exif = b""
    budget = _MAX_ALL_TEXT_BYTES
    size = file.seek(0, 2)
    file.seek(8)
    for _ in range(_MAX_CHUNKS):
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            break
        length, kind = struct.unpack(">I4s", head)
        if length > size - file.tell() - 4:
            break
        if kind not in _TEXT_KINDS or length > MAX_FOREIGN_TEXT_BYTES or len(texts) >= _MAX_TEXTS:
            file.seek(length + 4, 1)
            continue
        content = file.read(length)
        if struct.unpack(">I", file.read(4))[0] != zlib.crc32(content, zlib.crc32(kind)):
            continue
        if kind == b"eXIf":
            exif = exif or content
            continue
        keyword, text = _any_text(kind, content, min(budget, MAX_FOREIGN_TEXT_BYTES))
        if text is not None and keyword not in texts:
            texts[keyword] = text
            budget -= len(text)
    return Texts(texts, exif)


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
    if not content.startswith(keyword.encode("latin-1") + b"\0"):
        return None
    return _any_text(b"iTXt", content, MAX_TEXT_BYTES)[1]


def _any_text(kind: bytes, content: bytes, limit: int) -> tuple[str, str | None]:
    """Keyword and text of a tEXt, zTXt or iTXt chunk; None where it is broken or too long."""
    name, _, text = content.partition(b"\0")
    keyword = name.decode("latin-1")
    compressed = kind == b"zTXt"
    if kind == b"iTXt":
        compressed = text[:1] == b"\1"
        if len(text) < 2:
            return keyword, None
        _, _, text = text[2:].partition(b"\0")
        _, _, text = text.partition(b"\0")
    elif compressed:
        text = text[1:]
    try:
        if compressed:
            text = zlib.decompressobj().decompress(text, limit + 1)
        if len(text) > limit:
            return keyword, None
        # The standard says Latin-1; several programs write UTF-8 all the same.
        return keyword, text.decode() if kind == b"iTXt" else _lenient(text)
    except (zlib.error, UnicodeDecodeError):
        return keyword, None


def _lenient(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


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
