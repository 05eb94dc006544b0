"""What the File menu does with artworks: new, open, save, and those opened last."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from studio.document import Document, openraster, photoshop
from studio.domain.errors import StorageError
from studio.domain.geometry import Size
from studio.library import safe_name
from studio.ui import pictures
from studio.ui.canvas import PICTURE_SUFFIXES
from studio.ui.dialogs import ask_new_artwork
from studio.ui.dialogs.save_path import ask_save_path
from studio.ui.session import Notice, Session
from studio.ui.settings import Settings

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow

_OPENRASTER: Final = ("OpenRaster", openraster.SUFFIX)
_PHOTOSHOP: Final = ("Photoshop", photoshop.SUFFIX)
_USUAL_SIZE: Final = Size(1024, 1024)


def new(window: MainWindow) -> None:
    """Ask how large, and begin an empty artwork."""
    document = window.session.editing.document
    size = ask_new_artwork(window, _USUAL_SIZE if document is None else document.size)
    if size is not None:
        window.session.artworks.new(size)


def open_one(window: MainWindow) -> None:
    """Choose an artwork, or a picture to become one."""
    folder = window.settings.artwork_folder or str(window.session.library.folder)
    patterns = " ".join(f"*{suffix}" for suffix in (openraster.SUFFIX, *sorted(PICTURE_SUFFIXES)))
    name, _ = QFileDialog.getOpenFileName(
        window,
        "Open",
        folder,
        f"Artworks and pictures ({patterns});;OpenRaster (*{openraster.SUFFIX})",
    )
    if name:
        window.settings.artwork_folder = str(Path(name).parent)
        window.session.artworks.open(Path(name))
        window.session.foreign_settings.mention(Path(name))


def save(window: MainWindow) -> None:
    """Save the artwork on the canvas where it lies; of a picture of the history, a copy."""
    editing = window.session.editing
    if not editing.is_on_canvas or editing.document is None:
        pictures.save_copy(window)
    elif editing.document.path is None:
        save_as(window)
    else:
        window.session.artworks.save()


def save_as(window: MainWindow) -> None:
    """Save the artwork on the canvas under a name of the artist's; of a picture, a copy."""
    editing = window.session.editing
    if not editing.is_on_canvas or editing.document is None:
        pictures.save_copy(window)
    elif (path := _ask_path(window, editing.document, "Save the artwork", _OPENRASTER)) is not None:
        window.session.artworks.save(path)


def export_layers(window: MainWindow) -> None:
    """Write the artwork on the canvas as a PSD with all its layers."""
    editing = window.session.editing
    if not editing.is_on_canvas or editing.document is None:
        window.session.messages.notice.emit(
            Notice("There is no artwork to export layers of.", "Open one first.", is_error=False)
        )
    elif (path := _ask_path(window, editing.document, "Export layers", _PHOTOSHOP)) is not None:
        window.session.artworks.export_layers(path)


def _ask_path(
    window: MainWindow, document: Document, title: str, kind: tuple[str, str]
) -> Path | None:
    name, suffix = kind
    folder = document.path.parent if document.path else window.settings.artwork_folder
    file_name = f"{safe_name(document.name or 'Artwork')}{suffix}"
    suggested = Path(folder or window.session.library.folder) / file_name
    path = ask_save_path(window, title, suggested, f"{name} (*{suffix})")
    if path is None:
        return None
    if path.suffix.lower() != suffix:  # “moon.png” would hold what nobody looks for there
        path = path.with_name(path.name + suffix)
        if path.exists():  # the dialog asked about another name
            window.session.messages.tell(
                StorageError(f"There is already a file “{path.name}”.", "Choose another name.")
            )
            return None
    window.settings.artwork_folder = str(path.parent)
    return path


class RecentMenu(QMenu):
    """“Open recent”: the artworks opened or saved last, those that are still there."""

    def __init__(self, session: Session, settings: Settings, parent: QWidget) -> None:
        super().__init__("Open recent", parent)
        self._session = session
        self._settings = settings
        self._document: Document | None = None
        session.editing.document_changed.connect(self._on_document_changed)
        self.aboutToShow.connect(self._on_about_to_show)
        self._on_about_to_show()

    def _on_document_changed(self) -> None:
        if self._document is not None:
            self._document.named.disconnect(self._on_named)
        self._document = self._session.editing.document
        if self._document is not None:
            self._document.named.connect(self._on_named)
            self._on_named()

    def _on_named(self) -> None:
        if self._document is not None and self._document.path is not None:
            self._settings.remember_artwork(self._document.path)

    def _on_about_to_show(self) -> None:
        self.clear()
        for path in self._settings.recent_artworks:
            if path.is_file():
                action = self.addAction(path.name.replace("&", "&&"))
                action.setToolTip(str(path))
                action.triggered.connect(
                    lambda _checked, path=path: self._session.artworks.open(path)
                )
        if self.isEmpty():
            self.addAction("None yet").setEnabled(False)
