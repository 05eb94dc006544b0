"""Pictures on the clipboard: as other programs take them, and where they were in the document."""

from __future__ import annotations

import json
from typing import Final

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication, QImage

from studio.document import Area
from studio.document.clip import Clip
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.ui.canvas.picture_image import as_qimage

PLACE: Final = "application/x-pentimento-place"


def put(clip: Clip) -> None:
    """Put a part of a document on the clipboard, with its place."""
    data = _of_image(clip.pixels)
    data.setData(PLACE, json.dumps([clip.x, clip.y]).encode())
    QGuiApplication.clipboard().setMimeData(data)


def put_picture(pixels: Pixels) -> None:
    """Put a picture (h, w, 3 or 4) on the clipboard."""
    QGuiApplication.clipboard().setMimeData(_of_image(pixels))


def place_in(data: QMimeData, document: Size) -> tuple[int, int] | None:
    """Where the left upper corner of the clipboard's picture was, if that is in a document of that
    size too."""
    if not data.hasFormat(PLACE):
        return None
    try:
        place = json.loads(bytes(data.data(PLACE).data()))
    except (ValueError, RecursionError):
        return None
    if not isinstance(place, list) or [type(number) for number in place] != [int, int]:
        return None
    x, y = place
    image = QImage(data.imageData())
    area = Area(x, y, x + image.width(), y + image.height())
    return None if area.common(Area.whole(document)).is_empty else (x, y)


def _of_image(pixels: Pixels) -> QMimeData:
    """Qt offers an image as PNG too, with its alpha, and makes that when a program asks for it."""
    data = QMimeData()
    data.setImageData(as_qimage(pixels).copy())
    return data
