"""The window is on the screen before what it doesn't need for that is imported."""

from __future__ import annotations

import subprocess
import sys


def test_the_window_waits_for_no_import_but_qt() -> None:
    code = "import studio.cli.window, studio.startup, sys; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = set(result.stdout.split())
    assert "PySide6.QtWidgets" in imported
    later = {"torch", "numpy", "PIL", "psygnal", "qasync", "asyncio", "sqlite3", "PySide6.QtSvg"}
    assert not later & imported
