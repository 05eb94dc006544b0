"""Where the packed pixels of a saved file lie: the next save copies what stayed the same."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from weakref import ref

import numpy as np

from studio.document.png_bands import Band
from studio.domain.events import Pixels

# What a band is made of: numbers and words, and tiles, which count as the same only if they are
# the same array. Tiles never change.
Parts = tuple[object, ...]
_CRC_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class _Place:
    tiles: tuple[ref[Pixels], ...]
    offset: int
    length: int
    checksum: int
    raw_bytes: int


class KeptBands:
    """Where each band lies in one file. Keeps neither pixels nor tiles in memory: of a tile that
    is no more, the band counts as lost."""

    def __init__(self) -> None:
        self._places: dict[Parts, _Place] = {}
        self._path: Path | None = None
        self._seen: tuple[int, ...] = ()

    def note(self, parts: Parts, band: Band, offset: int) -> None:
        """`band`, made of `parts`, lies at byte `offset` of the file."""
        tiles = tuple(ref(part) for part in parts if isinstance(part, np.ndarray))
        place = _Place(tiles, offset, len(band.data), band.checksum, band.raw_bytes)
        self._places[key(parts)] = place

    def lies_at(self, path: Path) -> None:
        """The file is whole and has this name now."""
        with suppress(OSError):
            self._path, self._seen = path, _looks(path)

    @contextmanager
    def opened(self) -> Iterator[OpenedBands]:
        """The file opened to copy bands from. One that is gone or has been changed holds none."""
        stream = self._stream()
        try:
            yield OpenedBands(self._places, stream)
        finally:
            if stream is not None:
                stream.close()

    def _stream(self) -> IO[bytes] | None:
        with suppress(OSError):
            if self._path is not None and _looks(self._path) == self._seen:
                return self._path.open("rb")
        return None


class OpenedBands:
    """The bands of a file that is open."""

    def __init__(self, places: dict[Parts, _Place], stream: IO[bytes] | None) -> None:
        self._places = places
        self._stream = stream

    def has(self, parts: Parts) -> bool:
        """Whether the file had the band made of the very same parts when it was written."""
        return self._stream is not None and self._place(parts) is not None

    def find(self, parts: Parts) -> Band | None:
        """The band made of the very same parts, if it is in the file and whole."""
        place = self._place(parts)
        if place is None or self._stream is None:
            return None
        try:
            self._stream.seek(place.offset)
            data = self._stream.read(place.length)
            crc = self._stream.read(_CRC_BYTES)
        except OSError:
            return None
        if zlib.crc32(data, zlib.crc32(b"IDAT")).to_bytes(_CRC_BYTES) != crc:
            return None
        return Band(data, place.checksum, place.raw_bytes)

    def _place(self, parts: Parts) -> _Place | None:
        if (place := self._places.get(key(parts))) is None:
            return None
        tiles = [part for part in parts if isinstance(part, np.ndarray)]
        # A number may have come to another tile since.
        is_same = all(kept() is tile for kept, tile in zip(place.tiles, tiles, strict=True))
        return place if is_same else None


def key(parts: Parts) -> Parts:
    """What stands for `parts` in a dictionary, as long as the tiles in it are there."""
    return tuple(id(part) if isinstance(part, np.ndarray) else part for part in parts)


def _looks(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
