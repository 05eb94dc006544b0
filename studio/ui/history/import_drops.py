"""Files that are dropped on the history come into it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from studio.ui.session.pictures.importing import Importing

_MOVES = (QEvent.Type.DragEnter, QEvent.Type.DragMove)


class ImportDrops(QObject):
    """Lets a widget, and those in it that take no drops, import files and folders from elsewhere.

    What is dragged within the studio is left to others: it is in the history already.
    """

    def __init__(self, widget: QWidget, importing: Importing) -> None:
        super().__init__(widget)
        self._importing = importing
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if not isinstance(event, QDropEvent) or event.source() is not None:
            return super().eventFilter(watched, event)
        paths = local_files(event.mimeData())
        if not paths:
            return super().eventFilter(watched, event)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if event.type() not in _MOVES:
            self._importing.add(paths)
        return True


def local_files(data: QMimeData) -> list[Path]:
    """The files and folders of this machine that are dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
