"""Thumbnails for what is in view: made a few at a time, the newest wish first, and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from typing import Final, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from studio.domain.errors import StudioError
from studio.domain.events import Pixels
from studio.library import Picture
from studio.ui.canvas import as_qimage
from studio.ui.controls.tasks import Tasks
from studio.ui.history.pixmaps import Pixmaps

AT_ONCE: Final = 4
MOST_KEPT_BYTES: Final = 96 * 2**20
# Few sizes, so that the disk doesn't keep one for each place of the slider.
SIDES_PX: Final = (160, 320, 640)


class Maker(Protocol):
    """What makes thumbnails, such as the library."""

    async def thumbnail(self, picture: Picture, side_px: int) -> Pixels:
        """The picture fitted into a square, uint8 (h, w, 3); raises PictureError if it can't."""


class Thumbnails(QObject):
    """`get` never waits; `arrived` names a picture (its id) that is worth asking for again."""

    arrived = Signal(int)

    def __init__(self, maker: Maker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._maker = maker
        self._side_px = SIDES_PX[0]
        self._kept: Pixmaps[int] = Pixmaps(MOST_KEPT_BYTES)
        self._sides: dict[int, int] = {}
        self._wanted: OrderedDict[int, Picture] = OrderedDict()
        self._under_way: set[int] = set()
        self._tasks = Tasks(self)

    def is_busy(self) -> bool:
        """Whether anything is still to arrive."""
        return bool(self._tasks)

    def set_side(self, side_px: int) -> None:
        """Choose the least side, in device pixels, of the square that thumbnails fit into."""
        self._side_px = next((side for side in SIDES_PX if side >= side_px), SIDES_PX[-1])

    def get(self, picture: Picture) -> QPixmap | None:
        """The thumbnail if it is here, else None, and it will come; a null pixmap if it can't.

        Until the one of the chosen size comes, one of another size stands for it.
        """
        kept = self._kept.get(picture.id)
        if kept is None or self._sides[picture.id] < self._side_px:
            self._want(picture)
        return kept

    def want_only(self, picture_ids: Collection[int]) -> None:
        """Forget the wishes for what is no longer in sight."""
        for picture_id in [wish for wish in self._wanted if wish not in picture_ids]:
            del self._wanted[picture_id]

    def _want(self, picture: Picture) -> None:
        if picture.id in self._under_way:
            return
        self._wanted[picture.id] = picture
        self._wanted.move_to_end(picture.id)
        self._fetch()

    def _fetch(self) -> None:
        while self._wanted and len(self._under_way) < AT_ONCE:
            _, picture = self._wanted.popitem()
            self._under_way.add(picture.id)
            self._tasks.start(self._load(picture, self._side_px))

    async def _load(self, picture: Picture, side_px: int) -> None:
        pixmap = QPixmap()
        try:
            pixels = await self._maker.thumbnail(picture, side_px)
            pixmap = QPixmap.fromImage(as_qimage(pixels))
        except StudioError:
            pass  # It is shown as one that can't be.
        finally:
            self._under_way.discard(picture.id)
        self._sides[picture.id] = side_px
        for gone in self._kept.put(picture.id, pixmap):
            del self._sides[gone]
        self.arrived.emit(picture.id)
        self._fetch()
