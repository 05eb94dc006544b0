"""Thumbnails for what is in view: fetched a few at a time, the latest wish first, and kept."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from studio.domain.errors import StudioError
from studio.library import Library, Picture
from studio.ui.canvas import as_qimage
from studio.ui.controls.tasks import Tasks

AT_ONCE: Final = 4
MOST_KEPT: Final = 600
MOST_WANTED: Final = 200


class Thumbnails(QObject):
    """`get` never waits; `arrived` names a picture (its id) that is worth asking for again."""

    arrived = Signal(int)

    def __init__(self, library: Library, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._side_px = 0
        self._kept: OrderedDict[int, QPixmap | None] = OrderedDict()
        self._wanted: OrderedDict[int, Picture] = OrderedDict()
        self._under_way: set[int] = set()
        self._tasks = Tasks(self)

    def set_side(self, side_px: int) -> None:
        """Choose the side, in device pixels, of the square that thumbnails fit into."""
        if side_px != self._side_px:
            self._side_px = side_px
            self._kept.clear()

    def get(self, picture: Picture) -> QPixmap | None:
        """The thumbnail if it is here, else None, and it will come; a null pixmap if it can't."""
        if picture.id in self._kept:
            self._kept.move_to_end(picture.id)
            kept = self._kept[picture.id]
            return QPixmap() if kept is None else kept
        if picture.id not in self._under_way:
            self._wanted[picture.id] = picture
            self._wanted.move_to_end(picture.id)
            # Who scrolls by quickly doesn't wait for everything that went past.
            if len(self._wanted) > MOST_WANTED:
                self._wanted.popitem(last=False)
            self._fetch()
        return None

    def _fetch(self) -> None:
        while self._wanted and len(self._under_way) < AT_ONCE:
            _, picture = self._wanted.popitem()
            self._under_way.add(picture.id)
            self._tasks.start(self._load(picture, self._side_px))

    async def _load(self, picture: Picture, side_px: int) -> None:
        try:
            pixels = await self._library.thumbnail(picture, side_px)
            pixmap = QPixmap.fromImage(as_qimage(pixels))
        except StudioError:
            pixmap = None
        finally:
            self._under_way.discard(picture.id)
        if side_px == self._side_px:
            self._kept[picture.id] = pixmap
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self.arrived.emit(picture.id)
        self._fetch()
