"""The history pane: thumbnails of everything that was made."""

from studio.ui.history.file_manager import show_in_file_manager
from studio.ui.history.history_panel import HistoryPanel

__all__ = ["HistoryPanel", "show_in_file_manager"]
