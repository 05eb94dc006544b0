"""Dialogs: plain values in, plain values out."""

from studio.ui.dialogs.about_dialog import AboutDialog
from studio.ui.dialogs.export_dialog import (
    ExportChoice,
    ExportSettings,
    ExportSource,
    ask_export,
    ask_save,
)
from studio.ui.dialogs.new_artwork_dialog import NewArtworkDialog, ask_new_artwork
from studio.ui.dialogs.shortcuts_dialog import ShortcutsDialog
from studio.ui.dialogs.steps_room_dialog import StepsRoomDialog, ask_steps_room

__all__ = [
    "AboutDialog",
    "ExportChoice",
    "ExportSettings",
    "ExportSource",
    "NewArtworkDialog",
    "ShortcutsDialog",
    "StepsRoomDialog",
    "ask_export",
    "ask_new_artwork",
    "ask_save",
    "ask_steps_room",
]
