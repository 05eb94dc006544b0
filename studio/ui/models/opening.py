"""From the studio's window to its models."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow
    from studio.ui.models.models_window import ModelsWindow


def open_models(window: MainWindow) -> ModelsWindow:
    """Show the window of models, or bring the one to the front that is open."""
    # What talks to servers is imported with it.
    from studio.ui.models.models_window import ModelsWindow

    opened = window.findChild(ModelsWindow)
    if opened is None:
        opened = ModelsWindow(window.session, window.settings, window)
        window.closing.connect(opened.close)
        opened.show()
    opened.raise_()
    opened.activateWindow()
    return opened
