"""Qt's event loop, set up as the studio sets it up."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

import shiboken6
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from studio.ui import theme

_T = TypeVar("_T")


def open_loop() -> QEventLoop:
    """A loop for this thread, in an application that looks as the studio does."""
    app = QApplication.instance() or QApplication(["pentimento"])
    assert isinstance(app, QApplication)  # noqa: S101 - nothing else makes one before us
    app.setQuitOnLastWindowClosed(False)
    theme.apply(app, theme.named("dark", app))
    loop = QEventLoop(app)
    asyncio.set_event_loop(loop)
    return loop


def run_on_qt(work: Coroutine[Any, Any, _T]) -> _T:
    """The result of `work`.

    Raises:
        KeyboardInterrupt: Ctrl+C; `work` was cancelled and has cleaned up.
    """
    loop = open_loop()
    before = signal.getsignal(signal.SIGINT)
    with loop:
        task = loop.create_task(work)
        # A KeyboardInterrupt inside one of Qt's callbacks would be lost there.
        signal.signal(signal.SIGINT, lambda *_: task.cancel())
        try:
            result: _T = loop.run_until_complete(task)
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        finally:
            signal.signal(signal.SIGINT, before)
            asyncio.set_event_loop(None)
    # What threads still had to say comes to nothing, but not to a timer that is gone. qasync leaves
    # timers running; the collector may free them on another thread, which Qt forbids.
    QApplication.processEvents()
    shiboken6.delete(loop._timer)
    return result
