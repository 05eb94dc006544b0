"""From the studio's window to its engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog

from studio.ui.engine.energy_dialog import EnergyDialog
from studio.ui.engine.engine_dialog import EngineDialog

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow


def open_engine(window: MainWindow) -> None:
    """Show how models lie on the card, or bring that to the front."""
    found = window.findChild(EngineDialog)
    _show(window, found or EngineDialog(window.session, window), is_new=found is None)


def open_energy(window: MainWindow) -> None:
    """Show what the pictures took, or bring that to the front."""
    found = window.findChild(EnergyDialog)
    _show(window, found or EnergyDialog(window.session, window), is_new=found is None)


def _show(window: MainWindow, dialog: QDialog, *, is_new: bool) -> None:
    if is_new:
        window.closing.connect(dialog.close)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
