"""Folders of models and model files that are dropped on a window."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from studio.ui.canvas.drops import DropHint
from studio.ui.session.models.model_files import ModelFiles

MODEL_SUFFIXES: Final = frozenset({".safetensors", ".gguf", ".ckpt", ".pt", ".pth"})
_SENTENCE: Final = "Drop them here to use these models where they lie"
_MOVES: Final = (QEvent.Type.DragEnter, QEvent.Type.DragMove)


def model_paths(data: QMimeData) -> list[Path]:
    """The folders and model files of this machine that are dragged."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix.lower() in MODEL_SUFFIXES or path.is_dir()]


class ModelDrops(QObject):
    """Lets a widget take them, and those in it that take no drops: they are used where they lie.
    `dropped` says that some were."""

    dropped = Signal()

    def __init__(self, widget: QWidget, files: ModelFiles) -> None:
        super().__init__(widget)
        self._widget = widget
        self._files = files
        self.hint = DropHint(widget, _SENTENCE, "folder-plus")
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(event, QDragLeaveEvent):
            self.hint.hide()
        if not isinstance(event, QDropEvent) or not (paths := model_paths(event.mimeData())):
            return super().eventFilter(watched, event)
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if event.type() in _MOVES:
            self.hint.setGeometry(self._widget.rect())
            self.hint.raise_()
            self.hint.show()
        else:
            self.hint.hide()
            for path in dict.fromkeys(paths):
                self._files.add_place(path)
            self.dropped.emit()
        return True
