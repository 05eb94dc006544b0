"""Asking where a file is to be written."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog, QWidget


def ask_save_path(
    parent: QWidget | None, title: str, suggested: Path, kinds: str | None = None
) -> Path | None:
    """Ask for a file, which the artist agreed to replace if it is there; None when they back out.

    Args:
        suggested: where the dialog opens, and the name it proposes. A name without a suffix gets
            that one's.
        kinds: what the dialog shows, as “Pictures (*.png *.jpg)”; files of `suggested`'s suffix
            unless it is told.
    """
    suffix = suggested.suffix
    dialog = QFileDialog(parent, title, str(suggested.parent))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(kinds or f"{suffix[1:].upper()} (*{suffix})")
    # With it, the dialog asks about the very name that is written.
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(suggested.name)
    try:
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        return Path(dialog.selectedFiles()[0]) if accepted else None
    finally:
        dialog.deleteLater()
