"""What the menus do with the emergence on show: export it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QStandardPaths

from studio.library import safe_name
from studio.library.sheets.animation import find_ffmpeg
from studio.ui.dialogs.emergence_dialog import ask_emergence
from studio.ui.session import Notice

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow

_NAME_WORDS: Final = 6


def export_emergence(window: MainWindow) -> None:
    """Export how the picture on show emerged, as a film or a strip of steps."""
    session, settings = window.session, window.settings
    emergence = session.shown.emergence
    if emergence is None or not emergence.is_complete or not emergence.has_frames:
        session.messages.notice.emit(
            Notice(
                "There is no finished picture whose steps are known.",
                "Make one, or click one in the history.",
                is_error=False,
            )
        )
        return
    pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    choice = ask_emergence(
        window,
        emergence.size,
        emergence.newest_step,
        _suggested_name(emergence.request.prompt if emergence.request else ""),
        Path(settings.export_folder or pictures),
        has_ffmpeg=find_ffmpeg() is not None,
    )
    if choice is not None:
        settings.export_folder = str(choice.path.parent)
        session.emergence_export.write(
            emergence, choice.path, choice.wishes, overwrite=choice.overwrite
        )


def _suggested_name(prompt: str) -> str:
    words = " ".join(prompt.split()[:_NAME_WORDS]) or "picture"
    return safe_name(f"{words} emerging")
