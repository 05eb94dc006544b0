"""Waiting until a window is really on the screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget


def after_first_paint(window: QWidget, then: Callable[[], object]) -> None:
    """Call `then` once, when `window` with all its panes has been painted for the first time.

    A timer alone comes too early: Qt hands out what is due before it paints a new window.
    """
    _FirstPaint(window, then)


class _FirstPaint(QObject):
    def __init__(self, window: QWidget, then: Callable[[], object]) -> None:
        super().__init__(window)
        self._then = then
        window.installEventFilter(self)

    def eventFilter(self, window: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint:
            window.removeEventFilter(self)
            # The panes are painted in the same go as the window that they lie in.
            QTimer.singleShot(0, self._then)
            self.deleteLater()
        return False
