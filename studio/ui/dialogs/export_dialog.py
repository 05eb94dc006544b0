"""Exporting a picture: how it should be written, then where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QVBoxLayout,
    QWidget,
)

from studio.library import ALL_METADATA, SUFFIXES, MetadataChoice, PictureFormat
from studio.ui import theme
from studio.ui.controls.dialog_foot import DialogFoot
from studio.ui.controls.fields import field_row, plain_label
from studio.ui.controls.number_control import NumberControl
from studio.ui.dialogs.metadata_options import MetadataOptions
from studio.ui.dialogs.save_path import ask_save_path

_WIDTH = 400
_DESCRIPTIONS: Final = {
    PictureFormat.PNG: "PNG  every pixel as it is",
    PictureFormat.JPEG: "JPEG  small, opens everywhere",
    PictureFormat.WEBP: "WebP  smaller still",
    PictureFormat.AVIF: "AVIF  the smallest, for the web",
}


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """What the dialogs start with. `quality` is 1 to 100 and counts for all but PNG."""

    folder: Path
    format: PictureFormat = PictureFormat.PNG
    quality: int = 92
    metadata: MetadataChoice = ALL_METADATA


class ExportSource(StrEnum):
    """What is exported: only pictures of the history have something to tell, only imported ones
    may come from a camera."""

    PICTURE = "picture"
    IMPORT = "import"
    PIXELS = "pixels"


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What the artist chose. `overwrite` says that replacing a file at `path` was agreed to."""

    path: Path
    format: PictureFormat
    quality: int
    metadata: MetadataChoice
    overwrite: bool


class ExportDialog(QDialog):
    """Format, quality and metadata, in one small dialog."""

    def __init__(
        self,
        settings: ExportSettings,
        source: ExportSource = ExportSource.PICTURE,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self._format = QComboBox()
        for choice, description in _DESCRIPTIONS.items():
            self._format.addItem(description, choice)
        self._format.setCurrentIndex(list(_DESCRIPTIONS).index(settings.format))
        self._quality = NumberControl(
            "Quality", 1, 100, big_step=10, default=92, tip="Higher keeps more and takes more room"
        )
        self._quality.set_value(settings.quality)
        self._has_metadata = source is not ExportSource.PIXELS
        is_photo = source is ExportSource.IMPORT
        # Its parent comes with the layout: else the Tab key would come to it before Format.
        self._metadata = MetadataOptions(settings.metadata, is_photo=is_photo)
        self._lay_out()
        self._on_format_changed()

        self._format.currentIndexChanged.connect(self._on_format_changed)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_L] * 4)
        layout.setSpacing(theme.SPACE_S)
        layout.addLayout(field_row("Format", self._format))
        layout.addWidget(self._quality)
        layout.addSpacing(theme.SPACE_XS)
        if self._has_metadata:
            layout.addWidget(self._metadata)
        else:
            layout.addWidget(plain_label("An artwork's file holds its pixels alone.", "small"))
        layout.addSpacing(theme.SPACE_M)
        layout.addLayout(DialogFoot(self, "Choose where…"))
        self.setMinimumWidth(_WIDTH)
        self.setMaximumWidth(_WIDTH)

    def settings(self, folder: Path) -> ExportSettings:
        """What is chosen now, for a file in `folder`."""
        return ExportSettings(
            folder=folder,
            format=PictureFormat(self._format.currentData()),
            quality=round(self._quality.value()),
            metadata=self._metadata.choice(),
        )

    def _on_format_changed(self) -> None:
        self._quality.setEnabled(self._format.currentData() != PictureFormat.PNG)


def ask_export(
    parent: QWidget | None,
    suggested_name: str,
    settings: ExportSettings,
    source: ExportSource = ExportSource.PICTURE,
) -> ExportChoice | None:
    """Ask how and where to write a picture; None when the artist backs out of either.

    Args:
        suggested_name: the file's name without its suffix.
        settings: what was chosen the last time.
        source: what it is that is exported.
    """
    dialog = ExportDialog(settings, source, parent)
    # Not WA_DeleteOnClose: under a window manager exec() returns when all is gone already.
    try:
        if dialog.exec() != QDialog.DialogCode.Accepted:
            return None
        chosen = dialog.settings(settings.folder)
    finally:
        dialog.deleteLater()
    path = _ask_path(parent, "Export the picture", suggested_name, chosen)
    return None if path is None else choice_for(path, chosen)


def ask_save(
    parent: QWidget | None, suggested_name: str, folder: Path, prompt_writer: str = ""
) -> ExportChoice | None:
    """Ask where to save a copy with everything in it: a PNG, unless the name says otherwise."""
    settings = ExportSettings(folder, metadata=replace(ALL_METADATA, writer=prompt_writer))
    path = _ask_path(parent, "Save a copy", suggested_name, settings)
    return None if path is None else choice_for(path, settings)


def choice_for(path: Path, settings: ExportSettings) -> ExportChoice:
    """A name's suffix decides the format; a name without a suffix that we know gets one."""
    by_suffix = SUFFIXES.get(path.suffix.lower())
    if by_suffix is None:
        path = path.with_name(path.name + _suffix(settings.format))
    return ExportChoice(
        path=path,
        format=by_suffix or settings.format,
        quality=settings.quality,
        metadata=settings.metadata,
        # The file dialog asked about the name as it was typed, not about the one we made of it.
        overwrite=by_suffix is not None,
    )


def _ask_path(
    parent: QWidget | None, title: str, name: str, settings: ExportSettings
) -> Path | None:
    suffix = _suffix(settings.format)
    patterns = " ".join(f"*{known}" for known, of in SUFFIXES.items() if of is settings.format)
    kinds = f"{settings.format} ({patterns})"
    return ask_save_path(parent, title, settings.folder / f"{name}{suffix}", kinds)


def _suffix(wanted: PictureFormat) -> str:
    return next(suffix for suffix, of in SUFFIXES.items() if of is wanted)
