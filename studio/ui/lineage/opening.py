"""From a picture to its family tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.library import Picture
from studio.ui.beside import show_beside
from studio.ui.lineage.lineage_window import LineageWindow
from studio.ui.session import Notice

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow


def open_lineage(window: MainWindow, picture: Picture | None = None) -> LineageWindow | None:
    """Show the lineage of a picture, or of the one on show; a notice says it when there is none."""
    chosen = window.history.selected()
    picture = picture or window.session.shown.picture or next(iter(chosen), None)
    if picture is None:
        window.session.messages.notice.emit(
            Notice(
                "There is no picture to show the lineage of.",
                "Make one, or click one in the history.",
                is_error=False,
            )
        )
        return None
    lineage = LineageWindow(window.session, picture, window)
    show_beside(window, lineage, 0.9)
    return lineage
