"""What the File menu does to bring pictures of any origin into the history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from studio.library.upkeep.adopting import SUFFIXES
from studio.ui.actions import Action, fill_menu

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow


def import_menu(window: MainWindow, parent: QWidget) -> QMenu:
    """The menu of the two: pictures, or a whole folder."""
    menu = QMenu("Import pictures into the history", parent)
    menu.setToolTipsVisible(True)
    fill_menu(
        menu,
        window,
        [
            Action("Pictures…", lambda: import_pictures(window), icon="images"),
            Action("Folder…", lambda: import_folder(window), icon="folder-open"),
        ],
    )
    return menu


def import_pictures(window: MainWindow) -> None:
    """Choose picture files to be copied into the history."""
    patterns = " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
    names, _ = QFileDialog.getOpenFileNames(
        window,
        "Import pictures into the history",
        window.settings.open_folder,
        f"Pictures ({patterns})",
    )
    if names:
        window.settings.open_folder = str(Path(names[0]).parent)
        window.session.importing.add([Path(name) for name in names])


def import_folder(window: MainWindow) -> None:
    """Choose a folder whose pictures, and those in the folders in it, are copied."""
    name = QFileDialog.getExistingDirectory(
        window, "Import a folder into the history", window.settings.open_folder
    )
    if name:
        window.settings.open_folder = name
        window.session.importing.add([Path(name)])
