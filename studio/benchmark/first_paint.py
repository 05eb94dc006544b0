"""In a process of its own: says when its first window was painted, and ends.

Run as a script it opens the bare minimum, a QMainWindow with nothing in it; with the word `studio`
it opens the studio. With `prompt`, too, it ends only when the cursor is in the studio's prompt.
"""

from __future__ import annotations

import os
import sys
import time

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow, QPlainTextEdit

_CHECK_EVERY_MS = 1


def watch(*, for_prompt: bool) -> QApplication:
    """Make the application, and have it print the monotonic clock (ns) at its first paint."""
    app = QApplication(sys.argv[:1])
    timer = QTimer(app, interval=_CHECK_EVERY_MS)
    timer.timeout.connect(_end_if_prompting if for_prompt else _end_if_painted)
    timer.start()
    return app


def _end_if_painted() -> None:
    # Qt paints a window while it handles its exposure, before any timer has its turn.
    if any(window.isExposed() for window in QGuiApplication.topLevelWindows()):
        _end()


def _end_if_prompting() -> None:
    prompt = QApplication.focusWidget()
    if isinstance(prompt, QPlainTextEdit):
        prompt.window().repaint()
        _end()


def _end() -> None:
    sys.stdout.write(f"{time.monotonic_ns()}\n")
    sys.stdout.flush()
    # What comes after (threads that import torch) would only keep the next one waiting.
    os._exit(0)


if __name__ == "__main__":
    words = sys.argv[1:]
    application = watch(for_prompt="prompt" in words)
    if "studio" in words:
        from studio.cli import main

        sys.exit(main([]))
    window = QMainWindow()
    window.resize(1440, 900)
    window.show()
    sys.exit(application.exec())
