"""An error in a method that Qt calls is told, and the program goes on."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
import studio.ui

class Broken(QWidget):
    def showEvent(self, event):
        {error}

sys.excepthook = lambda kind, error, traceback: print("told", kind.__name__)
app = QApplication([])
broken = Broken()
QTimer.singleShot(0, broken.show)
QTimer.singleShot(0, lambda: QTimer.singleShot(0, app.quit))
app.exec()
print("went on")
"""


@pytest.mark.parametrize(
    ("error", "kind"),
    [('int("x")', "ValueError"), ("raise KeyError(1)", "KeyError")],
)
def test_errors_in_overrides_of_qt_end_nothing(error: str, kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(error=error)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"told {kind}", "went on"]
