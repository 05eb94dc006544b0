"""From chosen pictures of the history to a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from studio.library import Picture
from studio.ui.beside import show_beside
from studio.ui.compare.compare_window import CompareWindow
from studio.ui.session import Notice

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow

MOST_COMPARED: Final = 4


def open_comparison(window: MainWindow, pictures: Sequence[Picture]) -> CompareWindow | None:
    """Compare two to four pictures, the eldest first, as what changed since then is told beside it;
    for any other number a notice says so."""
    if not 2 <= len(pictures) <= MOST_COMPARED:
        window.session.messages.notice.emit(
            Notice(
                "Two to four pictures can be compared.",
                "Choose them in the history, with Ctrl or Shift.",
                is_error=False,
            )
        )
        return None
    by_age = sorted(pictures, key=lambda picture: (picture.created, picture.id))
    comparison = CompareWindow(window.session, by_age, window)
    show_beside(window, comparison, 0.94)
    return comparison


def compare_chosen(window: MainWindow) -> CompareWindow | None:
    """Compare the pictures that are selected in the history."""
    return open_comparison(window, window.history.selected())
