"""What a test left behind: threads, running timers, top-level widgets. Each by its name."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable

# Lives as long as the process on purpose: tqdm's watcher, which diffusers' loaders start.
# A dummy is Python's note of a thread that Qt began: those are looked for as QThreads.
_LASTING_THREADS = ("TMonitor", "_DummyThread")


def left_threads(before: Iterable[threading.Thread], patience_s: float = 2.0) -> list[str]:
    """Threads alive now that are not in `before`, after giving them `patience_s` to end."""
    known = set(before)
    deadline = time.monotonic() + patience_s
    while True:
        left = [thread for thread in threading.enumerate() if thread not in known]
        left = [thread for thread in left if type(thread).__name__ not in _LASTING_THREADS]
        if not left or time.monotonic() > deadline:
            return [f"thread {thread.name}" for thread in left]
        time.sleep(0.01)


def left_qt_objects() -> list[str]:
    """Top-level widgets, active QTimers and running QThreads, once Qt deleted what it was to."""
    if "PySide6.QtWidgets" not in sys.modules:
        return []
    import shiboken6
    from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return []
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [
        f"widget {_name(widget)}"
        for widget in app.topLevelWidgets()
        # Qt keeps its one tool tip; popups go with the widget that they belong to.
        if widget.parentWidget() is None and widget.metaObject().className() != "QTipLabel"
    ]
    for wrapper in shiboken6.getAllValidWrappers():
        if isinstance(wrapper, QTimer) and wrapper.isActive():
            left.append(f"timer {_name(wrapper)} of {_name(wrapper.parent())}")
        elif isinstance(wrapper, QThread) and wrapper.isRunning() and wrapper is not app.thread():
            left.append(f"QThread {_name(wrapper)}")
    return left


def _name(thing: object) -> str:
    name = thing.objectName() if hasattr(thing, "objectName") else ""
    return f"{type(thing).__name__}{f' “{name}”' if name else ''}"
