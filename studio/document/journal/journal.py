"""One document's journal: a file to which every edit adds the tiles that are new."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import numpy as np

from studio.disk import sync_folder
from studio.document.content import Content
from studio.document.journal.moment import Moment, as_json
from studio.document.journal.records import FILE_HEAD, Kind, framed, image_content, tile_content
from studio.document.tiles import TiledImage
from studio.domain.errors import StorageError
from studio.domain.events import Pixels

# More tiles than this are written as they are: packing them would take longer than a second.
_MOST_PACKED: Final = 64
ROOM_BYTES: Final = 64 * 2**20


class Journal:
    """Keeps the newest moment of a document in the file `path`. For one thread at a time.

    A tile is written once, whatever layers and moments it belongs to. When the file holds more than
    twice what the document needs and 64 MiB, it is written anew with the newest moment alone.
    """

    def __init__(self, path: Path, room_bytes: int = ROOM_BYTES) -> None:
        self.path = path
        self._room_bytes = room_bytes
        self._file: _Writing | None = None
        self._limit = 0

    def write(self, moment: Moment) -> None:
        """Put a moment on the disk: it survives whatever happens once this returns.

        Raises:
            StorageError: the disk refused; the moment before stays in the file.
        """
        with _told(self.path):
            if self._file is not None:
                try:
                    self._file.add(moment)
                except BaseException:
                    self._let_go()  # its end may be cut off: nothing may follow it
                    raise
            if self._file is None or self._file.bytes > self._limit:
                self._begin(moment)

    def close(self) -> None:
        """Let go of the file, which stays."""
        self._let_go()

    def discard(self) -> None:
        """Remove the file: what it holds is safe elsewhere, or no longer wanted."""
        self._let_go()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _begin(self, moment: Moment) -> None:
        temporary = self.path.with_suffix(".new")
        fresh = _Writing(temporary)
        try:
            fresh.add(moment)
            self._let_go()  # Windows replaces no open file
            if os.name == "nt":
                fresh.reopen_as(self.path)
            else:
                temporary.replace(self.path)
                sync_folder(self.path.parent)
        except BaseException:
            fresh.close()
            with suppress(OSError):
                temporary.unlink()
            raise
        self._file = fresh
        self._limit = 2 * fresh.bytes + self._room_bytes

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class _Writing:
    """A journal's file being written, and what is in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream = path.open("wb")
        self.bytes = self._stream.write(FILE_HEAD)
        self._tiles: dict[bytes, int] = {}  # numbers by digest
        self._images = 0
        # The moment written last, kept so that what it is made of is known by identity.
        self._content: Content | None = None
        self._tile_numbers: dict[int, int] = {}
        self._image_numbers: dict[int, int] = {}

    def add(self, moment: Moment) -> None:
        """Append what is new in a moment, then the moment, and wait for the disk."""
        tiles: dict[int, int] = {}
        images: dict[int, int] = {}
        fresh = {
            id(tile)
            for image in moment.content.images()
            if id(image) not in self._image_numbers
            for _, tile in image.items()
            if id(tile) not in self._tile_numbers
        }
        packed = len(fresh) <= _MOST_PACKED
        for image in moment.content.images():
            if id(image) in images:
                continue
            places = []
            for (row, column), tile in image.items():
                if (number := self._tile_numbers.get(id(tile))) is None:
                    number = self._tile(tile, packed=packed)
                tiles[id(tile)] = number
                places.append((row, column, number))
            images[id(image)] = self._image(image, places)
        told = as_json(moment, lambda image: images[id(image)])
        self._append(Kind.MOMENT, json.dumps(told).encode())
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._content, self._tile_numbers, self._image_numbers = moment.content, tiles, images

    def reopen_as(self, path: Path) -> None:
        """Give the file its name where no open file can be renamed."""
        self._stream.close()
        self._path.replace(path)
        self._stream = path.open("ab")

    def close(self) -> None:
        with suppress(OSError):  # what it couldn't write isn't promised to anyone
            self._stream.close()

    def _tile(self, tile: Pixels, *, packed: bool) -> int:
        digest = hashlib.blake2b(np.ascontiguousarray(tile).data, digest_size=16).digest()
        if (number := self._tiles.get(digest)) is None:
            self._append(Kind.TILE, tile_content(tile, packed=packed))
            number = self._tiles[digest] = len(self._tiles)
        return number

    def _image(self, image: TiledImage, places: list[tuple[int, int, int]]) -> int:
        if (number := self._image_numbers.get(id(image))) is None:
            self._append(Kind.IMAGE, image_content(image, places))
            number = self._images
            self._images += 1
        return number

    def _append(self, kind: Kind, content: bytes) -> None:
        for part in framed(kind, content):
            self.bytes += self._stream.write(part)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"What you do can't be kept safe in “{path.parent}”: {error.strerror or error}.",
            "Save the artwork, and free some space.",
        ) from error
