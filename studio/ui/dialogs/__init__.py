"""Dialogs: plain values in, plain values out."""

from studio.ui.dialogs.about_dialog import AboutDialog
from studio.ui.dialogs.export_dialog import ExportChoice, ExportSettings, ask_export, ask_save
from studio.ui.dialogs.shortcuts_dialog import ShortcutsDialog

__all__ = [
    "AboutDialog",
    "ExportChoice",
    "ExportSettings",
    "ShortcutsDialog",
    "ask_export",
    "ask_save",
]
