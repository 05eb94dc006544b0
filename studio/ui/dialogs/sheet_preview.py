"""The first page of a contact sheet, drawn small from thumbnails."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.domain.errors import StudioError
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.library import Library, Picture
from studio.library.sheets.contact_sheet import ContactSheet, Page, arranged, draw_page
from studio.library.sheets.contact_sheet_export import caption_of
from studio.ui import theme
from studio.ui.canvas import as_qimage
from studio.ui.controls.tasks import Tasks

_ROOM: Final = QSize(380, 480)
_THUMBNAIL_PX: Final = 160


class SheetPreview(QWidget):
    """Shows the sheet that was asked for last; pictures and text are drawn off the UI thread."""

    def __init__(
        self, library: Library, pictures: Sequence[Picture], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._pictures = tuple(pictures)
        self._thumbnails: dict[int, Image.Image | None] = {}
        self._wanted: ContactSheet | None = None
        self._image = QImage()
        self._tasks = Tasks(self)
        self.setMinimumSize(_ROOM)
        self.setAccessibleName("Preview of the first page")

    @property
    def image(self) -> QImage:
        """The page that is shown; null before the first is drawn."""
        return self._image

    def show_sheet(self, sheet: ContactSheet) -> None:
        """Draw the first page of a sheet as soon as its thumbnails are there."""
        self._wanted = sheet
        self._tasks.start(self._draw(sheet))

    async def _draw(self, sheet: ContactSheet) -> None:
        sizes = [Size(picture.width, picture.height) for picture in self._pictures]
        pages = arranged(sizes, sheet)
        for cell in pages[0]:
            if cell.index not in self._thumbnails:
                self._thumbnails[cell.index] = await self._thumbnail(self._pictures[cell.index])
            # Somebody drags a slider: what was asked for last is all that is wanted.
            if self._wanted is not sheet:
                return
        pixels = await asyncio.to_thread(self._drawn, sheet, pages, self.devicePixelRatioF())
        if self._wanted is sheet:
            self._image = as_qimage(pixels)
            self.update()

    async def _thumbnail(self, picture: Picture) -> Image.Image | None:
        try:
            return Image.fromarray(await self._library.thumbnail(picture, _THUMBNAIL_PX))
        except StudioError:
            return None

    def _drawn(self, sheet: ContactSheet, pages: tuple[Page, ...], ratio: float) -> Pixels:
        def caption(index: int) -> list[str]:
            return caption_of(self._pictures[index].settings, sheet.captions)

        def read(index: int, _size: Size) -> Image.Image | None:
            return self._thumbnails[index]

        # At its own resolution, as letters rounded to another one would lay it out otherwise.
        page = draw_page(sheet, pages, 0, read, caption)
        room = Size(round(_ROOM.width() * ratio), round(_ROOM.height() * ratio))
        size = sheet.page.fitted_into(room)
        return np.asarray(page.resize((size.width, size.height), Image.Resampling.LANCZOS, None, 3))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("surround"))
        if self._image.isNull():
            return
        room = QSizeF(self.size()) - QSizeF(2 * theme.SPACE_S, 2 * theme.SPACE_S)
        size = QSizeF(self._image.size()).scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(QPointF(), size)
        place.moveCenter(QRectF(self.rect()).center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self._image)
