"""In a process of its own: says when its first window was painted, and ends.

Run as a script it opens the bare minimum, a QMainWindow with nothing in it. With the word `window`
it opens the studio; with `prompt` it waits until the cursor is in the studio's prompt, too, and
with `panes` until all panes are there, with `history` until the newest pictures are in its list.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from importlib import import_module

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow, QPlainTextEdit

_CHECK_EVERY_MS = 1


def watch(reached: Callable[[], bool]) -> QApplication:
    """Make the application, and have it print the monotonic clock (ns) once that is `reached`."""
    app = QApplication(sys.argv[:1])
    timer = QTimer(app, interval=_CHECK_EVERY_MS)
    timer.timeout.connect(lambda: _end() if reached() else None)
    timer.start()
    return app


def _window_painted() -> bool:
    # Qt paints a window while it handles its exposure, before any timer has its turn.
    return any(window.isExposed() for window in QGuiApplication.topLevelWindows())


def _prompt_painted() -> bool:
    return isinstance(QApplication.focusWidget(), QPlainTextEdit) and _window_painted()


def _panes_painted() -> bool:
    for window in QApplication.topLevelWidgets():
        if getattr(window, "is_furnished", False):
            window.repaint()
            return True
    return False


def _history_filled() -> bool:
    windows = QApplication.topLevelWidgets()
    sessions = [getattr(window, "session", None) for window in windows]
    return _panes_painted() and any(session.gallery.count for session in sessions if session)


def _end() -> None:
    sys.stdout.write(f"{time.monotonic_ns()}\n")
    sys.stdout.flush()
    # What comes after (threads that import torch) would only keep the next one waiting.
    os._exit(0)


if __name__ == "__main__":
    wait_for = sys.argv[1] if len(sys.argv) > 1 else ""
    application = watch(
        {
            "prompt": _prompt_painted,
            "panes": _panes_painted,
            "history": _history_filled,
        }.get(wait_for, _window_painted)
    )
    if wait_for:
        # By name, for the command line imports this package, not the other way round.
        sys.exit(import_module("studio.cli").main([]))
    bare = QMainWindow()
    bare.resize(1440, 900)
    bare.show()
    sys.exit(application.exec())
