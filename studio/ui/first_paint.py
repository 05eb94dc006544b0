"""Waiting until a widget is really on the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QWidget

_PATIENCE_MS: Final = 1000


def after_first_paint(widget: QWidget, then: Callable[[], object]) -> None:
    """Call `then` once, when `widget` with all that lies in it has next been painted.

    A timer alone comes too early: Qt hands out what is due before it paints a new window.
    """
    _FirstPaint(widget, then)


def wait_for_first_paint(window: QWidget) -> None:
    """Return when `window` was painted, or after a while: one that opens minimised never is.

    What the artist does meanwhile, such as typing, waits for the application's own loop, which
    must not run yet.
    """
    loop = QEventLoop()
    after_first_paint(window, loop.quit)
    patience = QTimer(loop, singleShot=True, interval=_PATIENCE_MS)
    patience.timeout.connect(loop.quit)
    patience.start()
    loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    patience.stop()


class _FirstPaint(QObject):
    def __init__(self, widget: QWidget, then: Callable[[], object]) -> None:
        super().__init__(widget)
        self._then = then
        widget.installEventFilter(self)

    def eventFilter(self, widget: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint:
            widget.removeEventFilter(self)
            # Its children and neighbours are painted in the same go.
            QTimer.singleShot(0, self._then)
            self.deleteLater()
        return False
