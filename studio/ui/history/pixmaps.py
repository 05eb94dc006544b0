"""Pixmaps that are kept as long as there is room, the latest used longest."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from PySide6.QtGui import QPixmap

_Key = TypeVar("_Key", bound=Hashable)


class Pixmaps(Generic[_Key]):
    """At most `most_bytes` of pixels."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[_Key, QPixmap] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: _Key) -> QPixmap | None:
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def put(self, key: _Key, pixmap: QPixmap) -> list[_Key]:
        """Keep a pixmap; the keys of those that had to go for it."""
        if (before := self._kept.pop(key, None)) is not None:
            self._bytes -= _bytes_of(before)
        self._kept[key] = pixmap
        self._bytes += _bytes_of(pixmap)
        gone = []
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            oldest, dropped = self._kept.popitem(last=False)
            self._bytes -= _bytes_of(dropped)
            gone.append(oldest)
        return gone

    def forget(self, key: _Key) -> None:
        if (dropped := self._kept.pop(key, None)) is not None:
            self._bytes -= _bytes_of(dropped)


def _bytes_of(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
