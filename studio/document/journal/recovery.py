"""What a journal still knows, whatever ended it."""

from __future__ import annotations

import json
import struct
from functools import cache
from pathlib import Path
from typing import IO

from studio.document.journal.moment import Moment, from_json
from studio.document.journal.records import Kind, Record, image_tiles, records, tile_pixels
from studio.document.tiles import TiledImage
from studio.domain.errors import PictureError
from studio.domain.events import Pixels


def recover(path: Path) -> Moment | None:
    """The last moment that is whole in a journal; None if there is none. Needs the memory of that
    moment alone, however long the journal is."""
    try:
        with path.open("rb") as stream:
            return _Reader(stream).moment()
    except (OSError, PictureError, KeyError, IndexError, TypeError, ValueError, struct.error):
        return None


class _Reader:
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._tiles: list[Record] = []
        self._images: list[Record] = []
        self._moment = b""
        for record, content in records(stream):
            match record.kind:
                case Kind.TILE:
                    self._tiles.append(record)
                case Kind.IMAGE:
                    self._images.append(record)
                case Kind.MOMENT:
                    self._moment = content

    def moment(self) -> Moment | None:
        if not self._moment:
            return None
        # Images share tiles as they did: memory and later journals stay as small.
        pixels = cache(self._pixels)

        @cache
        def image(number: int) -> TiledImage:
            empty, places = image_tiles(self._content(self._images, number))
            return empty.replaced(
                {(row, col): pixels(tile, empty.channels) for row, col, tile in places}
            )

        return from_json(json.loads(self._moment), image)

    def _pixels(self, number: int, channels: int) -> Pixels:
        return tile_pixels(self._content(self._tiles, number), channels)

    def _content(self, of: list[Record], number: int) -> bytes:
        if number < 0:
            raise ValueError("numbers begin at 0")
        record = of[number]
        self._stream.seek(record.offset)
        return self._stream.read(record.length)
