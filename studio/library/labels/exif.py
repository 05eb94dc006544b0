"""The few texts of an EXIF block in which programs keep their settings.

Source: Exif 3.0 (CIPA DC-008), TIFF 6.0. Reads only the tags asked for, follows one pointer, and
copies nothing else: a block of 65,535 tags that all point to the same megabytes costs nothing.
"""

from __future__ import annotations

import struct
from typing import Final

IMAGE_DESCRIPTION: Final = 0x010E
MAKE: Final = 0x010F
MODEL: Final = 0x0110
SOFTWARE: Final = 0x0131
USER_COMMENT: Final = 0x9286
MAKER_NOTE: Final = 0x927C
MAX_VALUE_BYTES: Final = 4 << 20
_SUB_IFD: Final = 0x8769
_WANTED: Final = frozenset(
    {IMAGE_DESCRIPTION, MAKE, MODEL, SOFTWARE, USER_COMMENT, MAKER_NOTE, _SUB_IFD}
)
_MAX_ENTRIES: Final = 1_024
_UNIT_BYTES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1}


def read_exif(block: bytes) -> dict[int, bytes]:
    """The raw values of the tags above, of a block from its TIFF header on. Never raises."""
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return {}
    try:
        (start,) = struct.unpack_from(f"{order}I", block, 4)
        found = _read_ifd(block, start, order)
        pointer = found.pop(_SUB_IFD, b"")
        if len(pointer) == 4:
            (start,) = struct.unpack(f"{order}I", pointer)
            found = _read_ifd(block, start, order) | found
        found.pop(_SUB_IFD, None)
    except struct.error:
        return {}
    return found


def exif_text(value: bytes) -> str:
    """The text of a value: a UserComment with its code in front, or plain."""
    code, text = value[:8], value[8:]
    if code == b"UNICODE\0":
        return _utf16(text)
    if code in (b"ASCII\0\0\0", b"\0" * 8, b"JIS\0\0\0\0\0"):
        value = text
    return value.decode(errors="replace").rstrip("\0 ")


def _utf16(text: bytes) -> str:
    # Programs leave out which byte comes first; in settings most characters are ASCII.
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return text.decode("utf-16", errors="replace").rstrip("\0")
    low_first = text[1::2].count(0) > text[::2].count(0)
    return text.decode("utf-16-le" if low_first else "utf-16-be", errors="replace").rstrip("\0")


def _read_ifd(block: bytes, start: int, order: str) -> dict[int, bytes]:
    (count,) = struct.unpack_from(f"{order}H", block, start)
    found: dict[int, bytes] = {}
    for index in range(min(count, _MAX_ENTRIES)):
        place = start + 2 + 12 * index
        if place + 12 > len(block):
            break
        tag, kind, length = struct.unpack_from(f"{order}HHI", block, place)
        if tag not in _WANTED or tag in found:
            continue
        size = length * _UNIT_BYTES.get(kind, 0)
        if size > MAX_VALUE_BYTES:
            continue
        if size > 4:
            (place,) = struct.unpack_from(f"{order}I", block, place + 8)
        else:
            place += 8
        found[tag] = block[place : place + size]
    return found
