"""Drags from other programs, as Qt tells of them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from studio.domain.events import Pixels
from studio.ui.canvas import as_qimage

_HOW = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def a_file(path: Path) -> QMimeData:
    """A file of a file manager, or a picture of the history."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    return data


def an_image(pixels: Pixels) -> QMimeData:
    """A picture of a browser: its pixels, and an address elsewhere."""
    data = QMimeData()
    data.setImageData(as_qimage(pixels).copy())
    data.setUrls([QUrl("https://example.org/painting.jpg")])
    return data


def enter(widget: QWidget, data: QMimeData) -> bool:
    """Hold it over a widget; whether it may be dropped there."""
    action, button, modifiers = _HOW
    event = QDragEnterEvent(QPoint(10, 10), action, data, button, modifiers)
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def leave(widget: QWidget) -> None:
    QApplication.sendEvent(widget, QDragLeaveEvent())


def drop(widget: QWidget, data: QMimeData) -> None:
    """Hold it over a widget and let go."""
    assert enter(widget, data)
    action, button, modifiers = _HOW
    QApplication.sendEvent(widget, QDropEvent(QPointF(10, 10), action, data, button, modifiers))
