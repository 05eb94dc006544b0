"""Windows that are open beside the studio's own, and end with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow


def show_beside(window: MainWindow, opened: QWidget, share: float) -> None:
    """Show a window that is `share` as large as the studio's, until that is closed."""
    opened.resize(window.size() * share)
    window.closing.connect(opened.close)
    opened.show()
