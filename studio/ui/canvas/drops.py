"""Pictures dragged or pasted into the window."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import (
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from studio.ui import theme
from studio.ui.icons import icon

PICTURE_SUFFIXES: Final = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".avif", ".heic", ".heif"}
)
_TAKEN: Final = PICTURE_SUFFIXES | {".ora"}


def picture_in(data: QMimeData) -> Path | QImage | None:
    """The picture or artwork that a drag or the clipboard holds: a file on this disk, or pixels."""
    for url in data.urls():
        path = Path(url.toLocalFile())
        if url.isLocalFile() and path.suffix.lower() in _TAKEN:
            return path
    if data.hasImage():
        image = QImage(data.imageData())
        return None if image.isNull() else image
    return None


def holds_picture(data: QMimeData) -> bool:
    """Whether `picture_in` would find one; asks for no pixels, so that a drag stays smooth."""
    return data.hasImage() or any(
        url.isLocalFile() and Path(url.toLocalFile()).suffix.lower() in _TAKEN
        for url in data.urls()
    )


class DropFilter(QObject):
    """Lets a widget take pictures that are dropped on it.

    `hovered` says when one comes over the widget and when it leaves; `dropped` carries it, a Path
    or a QImage, and where on the screen.
    """

    hovered = Signal(bool)
    dropped = Signal(object, QPoint)

    def watch(self, widget: QWidget) -> None:
        """Take drops on `widget`, and on those of its children that take none themselves."""
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        match event:
            case QDragMoveEvent() if holds_picture(event.mimeData()):
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
                self.hovered.emit(True)
                return True
            case QDragMoveEvent():
                return False
            case QDragLeaveEvent():
                self.hovered.emit(False)
                return True
            case QDropEvent():
                self.hovered.emit(False)
                picture = picture_in(event.mimeData())
                if picture is None:
                    return False
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
                place = event.position().toPoint()
                at = watched.mapToGlobal(place) if isinstance(watched, QWidget) else place
                self.dropped.emit(picture, at)
                return True
        return False


class DropHint(QWidget):
    """Covers a widget, such as the canvas, while what it takes is dragged over the window."""

    def __init__(
        self,
        parent: QWidget | None = None,
        sentence: str = "Drop it here",
        icon_name: str = "image-plus",
    ) -> None:
        super().__init__(parent)
        self._sentence = sentence
        self._icon_name = icon_name
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(sentence)
        self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.color("surround", 0.9))
        frame = QRectF(self.rect()).adjusted(*[theme.SPACE_M] * 2, *[-theme.SPACE_M] * 2)
        painter.setPen(QPen(theme.color("text"), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, theme.RADIUS, theme.RADIUS)
        centre = frame.center().toPoint()
        side = theme.PRIMARY_HEIGHT
        icon(self._icon_name).paint(
            painter, centre.x() - side // 2, centre.y() - side - theme.SPACE_S, side, side
        )
        painter.setPen(theme.color("text"))
        painter.setFont(theme.font(theme.TITLE_PX, semibold=True))
        frame.setTop(centre.y() + theme.SPACE_S)
        top = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(frame, top, self._sentence)
