"""Whether a picture is being dragged over the window, wherever it is at the moment."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from studio.ui.canvas.drops import holds_picture

# Between two widgets a drag is over none of them for a moment.
_PATIENCE_MS: Final = 80


class WindowDrags(QObject):
    """Looks on while widgets take drags; takes none itself."""

    changed = Signal(bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._is_over = False
        self._gone = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._gone.timeout.connect(self._on_gone)

    def watch(self, widget: QWidget) -> None:
        """Look on at a widget that takes drops, or has its parent take them."""
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        match event:
            case QDragMoveEvent() if holds_picture(event.mimeData()):
                self._gone.stop()
                self._set_over(True)
            case QDragLeaveEvent():
                self._gone.start()
            case QDropEvent() if event.type() == QEvent.Type.Drop:
                self._gone.stop()
                self._set_over(False)
        return False

    def _set_over(self, is_over: bool) -> None:
        if is_over != self._is_over:
            self._is_over = is_over
            self.changed.emit(is_over)

    def _on_gone(self) -> None:
        self._set_over(False)
