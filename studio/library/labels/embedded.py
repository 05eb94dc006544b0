"""What a picture file says beside its pixels, found without decoding any of them.

PNG chunks, JPEG segments (JFIF/Exif, XMP part 3), the chunks of WebP (RIFF) and the items of AVIF
(ISO/IEC 23008-12). Every length is checked against the file and a limit of its own before it is
read, so that no file can ask for more memory or time than its size is worth.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from studio.library.labels import png
from studio.library.labels.bmff import read_items
from studio.library.labels.exif import MAX_VALUE_BYTES, read_exif
from studio.library.labels.xmp import MAX_PACKET_BYTES, XmpFields, read_packet

MAX_FILE_BYTES: Final = 256 << 20
PNG_XMP_KEYWORD: Final = "XML:com.adobe.xmp"
MAX_EXIF_BYTES: Final = MAX_VALUE_BYTES + (64 << 10)
_JPEG_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_MAX_PARTS: Final = 4_096


@dataclass(frozen=True, slots=True)
class Embedded:
    """`texts` are those of a PNG by keyword, `exif` the raw values of a few tags, `comment` that of
    a JPEG; `xmp` is what its packet says, `exif_block` the whole EXIF from its TIFF header on."""

    texts: dict[str, str] = field(default_factory=dict)
    exif: dict[int, bytes] = field(default_factory=dict)
    xmp: XmpFields | None = None
    comment: str = ""
    exif_block: bytes = b""


def read_embedded(path: Path) -> Embedded:
    """What a PNG, JPEG, WebP or AVIF file says beside its pixels; nothing for any other file.

    Never raises for what the file holds.

    Raises:
        OSError: the file can't be read at all.
    """
    with path.open("rb") as file:
        return read_embedded_from(file)


def read_embedded_from(file: BinaryIO) -> Embedded:
    """As `read_embedded`, from an open file."""
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(12)
    if size > MAX_FILE_BYTES:
        return Embedded()
    if head.startswith(png.SIGNATURE):
        found = png.read_texts(file)
        packet = found.texts.pop(PNG_XMP_KEYWORD, "").encode(errors="replace")
        return _embedded(packet, found.exif, found.texts)
    if head.startswith(b"\xff\xd8"):
        return _read_jpeg(file, size)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _read_webp(file, size)
    if head[4:8] == b"ftyp":
        items = read_items(file, MAX_EXIF_BYTES)
        # Before the TIFF header stands its distance.
        return _embedded(items.xmp, items.exif[4:])
    return Embedded()


def _embedded(
    packet: bytes, exif: bytes, texts: dict[str, str] | None = None, comment: bytes = b""
) -> Embedded:
    block = exif.removeprefix(b"Exif\0\0") if len(exif) <= MAX_EXIF_BYTES else b""
    return Embedded(
        texts or {},
        read_exif(block),
        read_packet(packet) if packet else None,
        comment.decode(errors="replace").rstrip("\0"),
        block,
    )


def _read_jpeg(file: BinaryIO, size: int) -> Embedded:
    packet = exif = comment = b""
    for marker, content in _jpeg_segments(file, size):
        if marker == 0xE1 and content.startswith(b"Exif\0\0") and len(exif) < MAX_EXIF_BYTES:
            # What is too long for one segment goes on in the next.
            exif += content[6:]
        elif marker == 0xE1 and content.startswith(_JPEG_XMP):
            packet = packet or content[len(_JPEG_XMP) :]
        elif marker == 0xFE:
            comment = comment or content
    return _embedded(packet, exif, comment=comment)


def _jpeg_segments(file: BinaryIO, size: int) -> Iterator[tuple[int, bytes]]:
    """Marker and content of the segments before the pixels."""
    file.seek(2)
    for _ in range(_MAX_PARTS):
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF or head[1] == 0xDA:
            return
        (length,) = struct.unpack(">H", head[2:])
        if length < 2 or length - 2 > size - file.tell():
            return
        yield head[1], file.read(length - 2)


def _read_webp(file: BinaryIO, size: int) -> Embedded:
    packet = exif = b""
    file.seek(12)
    for _ in range(_MAX_PARTS):
        head = file.read(8)
        if len(head) < 8:
            break
        kind, length = struct.unpack("<4sI", head)
        if length > size - file.tell():
            break
        if kind == b"EXIF" and length <= MAX_EXIF_BYTES:
            exif = file.read(length)
        elif kind == b"XMP " and length <= MAX_PACKET_BYTES:
            packet = file.read(length)
        else:
            file.seek(length, 1)
        file.seek(length & 1, 1)
    return _embedded(packet, exif)
