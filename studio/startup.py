"""From the start of the process to the window on the screen; `app.py` brings it to life there.

Imports little before the first paint: what the artist waits for is mostly imports.
"""

from __future__ import annotations

import faulthandler
import gc
from pathlib import Path

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from studio import __version__
from studio.domain.resources import RESOURCES
from studio.folders import Folders
from studio.ui import theme
from studio.ui.first_paint import wait_for_first_paint
from studio.ui.main_window import MainWindow
from studio.ui.plain_imports import import_plainly
from studio.ui.settings import Settings


def main(argv: list[str]) -> int:
    """Open the window and stay until it is closed. Returns the exit code."""
    # Modules are all that is made here: no garbage to look for.
    gc.disable()
    import_plainly()
    folders = Folders.discover()
    _keep_notes_of_crashes(folders.logs)
    app = QApplication.instance() or QApplication(["pentimento", *argv])
    assert isinstance(app, QApplication)  # noqa: S101 - nothing else makes one before us
    app.setApplicationName("Pentimento")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("pentimento")
    app.setWindowIcon(QIcon(str(RESOURCES / "icons" / "pentimento.svg")))
    settings = Settings(folders.config)
    theme.apply(app, theme.named(settings.theme, app))
    window = MainWindow(settings)
    window.show()
    wait_for_first_paint(window)

    from studio.app import run

    return run(window, folders)


def _keep_notes_of_crashes(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    faulthandler.enable((folder / "crash.log").open("a"))
