"""In a process of its own: says when its first window was painted, and ends.

Run as a script it is the bare minimum: a QMainWindow with nothing in it.
"""

from __future__ import annotations

import os
import sys
import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow

_CHECK_EVERY_MS = 1


def watch() -> QApplication:
    """Make the application, and have it print the monotonic clock (ns) at its first paint."""
    app = QApplication(sys.argv[:1])
    timer = QTimer(app, interval=_CHECK_EVERY_MS)
    timer.timeout.connect(_end_if_painted)
    timer.start()
    return app


def _end_if_painted() -> None:
    # Qt paints a window while it handles its exposure, before any timer has its turn.
    if any(window.isExposed() for window in QGuiApplication.topLevelWindows()):
        sys.stdout.write(f"{time.monotonic_ns()}\n")
        sys.stdout.flush()
        # What comes after (threads that import torch) would only keep the next one waiting.
        os._exit(0)


if __name__ == "__main__":
    application = watch()
    window = QMainWindow()
    window.resize(1440, 900)
    window.show()
    sys.exit(application.exec())
