"""Pictures on the clipboard: as other programs take them, and where they were in the document.

Qt offers an image as PNG too, with its alpha, and makes that when a program asks for it. The image
itself carries its place: a QMimeData made in Python must not outlive the interpreter, but the
clipboard does.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QGuiApplication, QImage

from studio.document import Area
from studio.document.clip import Clip
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.ui.canvas.picture_image import as_qimage

PLACE: Final = "Pentimento place"
_LONGEST_NUMBER: Final = 6


def put(clip: Clip) -> None:
    """Put a part of a document on the clipboard, with its place."""
    image = as_qimage(clip.pixels).copy()
    image.setText(PLACE, f"{clip.x} {clip.y}")
    QGuiApplication.clipboard().setImage(image)


def put_picture(pixels: Pixels) -> None:
    """Put a picture (h, w, 3 or 4) on the clipboard."""
    QGuiApplication.clipboard().setImage(as_qimage(pixels).copy())


def place_in(image: QImage, document: Size) -> tuple[int, int] | None:
    """Where the left upper corner of a picture from the clipboard was, if that is in a document of
    that size too."""
    numbers = image.text(PLACE).split(" ")
    if len(numbers) != 2 or max(len(number) for number in numbers) > _LONGEST_NUMBER:
        return None
    try:
        x, y = (int(number) for number in numbers)
    except ValueError:
        return None
    area = Area(x, y, x + image.width(), y + image.height())
    return None if area.common(Area.whole(document)).is_empty else (x, y)
