"""PNG files written in bands of rows that know nothing of each other.

So a large picture needs the memory of one band, and a band that is packed already can be copied
from one file into another as it is.

Source: PNG specification, third edition (W3C 2025); RFC 1950 and 1951: a block that ends with a
sync flush ends at a whole byte, so another one may follow, whoever packed it.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Final

import numpy as np

from studio.document.area import Area
from studio.document.tiles import TILE
from studio.domain.events import Pixels

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES: Final = {1: 0, 3: 2, 4: 6}
_SUB, _AVERAGE = 1, 3
_ZLIB_HEAD: Final = b"\x78\x01"
_LAST_BLOCK: Final = b"\x03\x00"
_ADLER_BASE: Final = 65521
_SAMPLED_ROWS: Final = 4
# How much larger a band may become if that spares looking for runs in it.
_NO_RUNS: Final = 1.02

_THOROUGH: Final = 4
# Each has one band in memory; more would wait for the disk.
_MOST_THREADS: Final = 4

CHUNK_HEAD_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Band:
    """Packed rows: whole deflate blocks, and the Adler-32 of the `raw_bytes` in them."""

    data: bytes = field(repr=False)
    checksum: int
    raw_bytes: int

    @property
    def crc(self) -> int:
        """The checksum of the chunk that holds it."""
        return zlib.crc32(self.data, zlib.crc32(b"IDAT"))


def bands(area: Area) -> Iterator[Area]:
    """`area` from the top down in whole rows of tiles, so that few tiles make each band."""
    top = area.y
    while top < area.bottom:
        bottom = min(area.bottom, (top // TILE + 1) * TILE)
        yield Area(area.x, top, area.right, bottom)
        top = bottom


def packed(pixels: Pixels, *, small: bool = False) -> Band:
    """Rows (h, w) or (h, w, 3 or 4) as they lie in a PNG.

    Filtered by the mean of left and above, which numpy computes in a tenth of the time that
    choosing a filter for each row takes, and which leaves as little of photographs and paintings.
    Then Huffman's codes with runs, and without where there are none. With `small` zlib looks for
    repeats too: a tenth less, in three times the time.
    """
    rows = _filtered(pixels)
    if small:
        data = _deflated(rows, zlib.Z_FILTERED, _THOROUGH)
        return Band(data, zlib.adler32(rows.data), rows.nbytes)
    sample = rows[:: -(-len(rows) // _SAMPLED_ROWS)]
    without = len(_deflated(sample, zlib.Z_HUFFMAN_ONLY))
    has_runs = without > _NO_RUNS * len(_deflated(sample, zlib.Z_RLE))
    data = _deflated(rows, zlib.Z_RLE if has_runs else zlib.Z_HUFFMAN_ONLY)
    return Band(data, zlib.adler32(rows.data), rows.nbytes)


@contextmanager
def packers() -> Iterator[ThreadPoolExecutor]:
    """Threads that pack bands. What they haven't begun when the block ends is left."""
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    executor = ThreadPoolExecutor(threads, thread_name_prefix="packing")
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


def in_order(begun: Iterator[Future[Band]]) -> Iterator[Band]:
    """The bands one after the other, a few more of them begun than are taken."""
    waiting: deque[Future[Band]] = deque()
    for future in begun:
        waiting.append(future)
        if len(waiting) > _MOST_THREADS:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


class PngWriter:
    """Writes a PNG of that size to a stream: all bands from the top down, then `close`.

    Args:
        channels: 1 for grey, 3 for RGB, 4 for straight RGBA.
        profile: the ICC profile of the colours; without it they go unsaid.
    """

    def __init__(
        self,
        stream: IO[bytes],
        width: int,
        height: int,
        channels: int,
        profile: bytes | None = None,
    ) -> None:
        self._stream = stream
        self._checksum = zlib.adler32(b"")
        stream.write(_SIGNATURE)
        colour = _COLOUR_TYPES[channels]
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
        if profile is not None:
            self._chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(profile))
        self._chunk(b"IDAT", _ZLIB_HEAD)

    def add(self, band: Band) -> None:
        """Write the next rows, as one chunk."""
        self._chunk(b"IDAT", band.data)
        self._checksum = _joined(self._checksum, band.checksum, band.raw_bytes)

    def close(self) -> None:
        """Write the end of the file; the stream stays open."""
        self._chunk(b"IDAT", _LAST_BLOCK + struct.pack(">I", self._checksum))
        self._chunk(b"IEND", b"")

    def _chunk(self, kind: bytes, content: bytes) -> None:
        self._stream.write(struct.pack(">I", len(content)) + kind)
        self._stream.write(content)
        self._stream.write(struct.pack(">I", zlib.crc32(content, zlib.crc32(kind))))


def _filtered(pixels: Pixels) -> Pixels:
    """Each row with its filter's number before it, (h, 1 + w * channels)."""
    step = 1 if pixels.ndim == 2 else pixels.shape[2]
    rows = pixels.reshape(len(pixels), -1)
    filtered = np.empty((len(rows), 1 + rows.shape[1]), np.uint8)
    # The row above the first belongs to another band.
    filtered[0, 0] = _SUB
    filtered[0, 1 : 1 + step] = rows[0, :step]
    np.subtract(rows[0, step:], rows[0, :-step], out=filtered[0, 1 + step :])
    above, rest = rows[:-1], rows[1:]
    filtered[1:, 0] = _AVERAGE
    np.subtract(rest[:, :step], above[:, :step] >> 1, out=filtered[1:, 1 : 1 + step])
    left, above = rest[:, :-step], above[:, step:]
    mean = left ^ above
    mean >>= 1
    mean += left & above
    np.subtract(rest[:, step:], mean, out=filtered[1:, 1 + step :])
    return filtered


def _deflated(rows: Pixels, strategy: int, level: int = 1) -> bytes:
    deflate = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, strategy)
    return deflate.compress(np.ascontiguousarray(rows).data) + deflate.flush(zlib.Z_SYNC_FLUSH)


def _joined(first: int, second: int, second_bytes: int) -> int:
    """The Adler-32 of two things one after the other, from those of each (zlib's
    adler32_combine)."""
    low = ((first & 0xFFFF) + (second & 0xFFFF) - 1) % _ADLER_BASE
    high = (first >> 16) + (second >> 16) + second_bytes * ((first & 0xFFFF) - 1)
    return (high % _ADLER_BASE) << 16 | low
