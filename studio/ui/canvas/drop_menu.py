"""The menu at a drop: what a picture from outside can become."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QMenu, QWidget

from studio.document.openraster import SUFFIX as ARTWORK_SUFFIX
from studio.domain.events import Pixels
from studio.library.settings import PictureSettings
from studio.ui.canvas.picture_image import as_pixels
from studio.ui.icons import icon
from studio.ui.session import Session


class DropMenu(QMenu):
    """Asks what `picture`, a file or an image called `name`, becomes; Escape is nothing.

    `at` is where it was dropped, in the pixels of the document on the canvas; None if there is no
    document to put it into.
    """

    def __init__(
        self,
        session: Session,
        picture: Path | QImage,
        name: str,
        at: tuple[float, float] | None,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self._picture = picture
        self._name = name
        if at is not None:
            placing = session.placing
            self._offer(
                "New layer here", "layers-plus", lambda: placing.as_layer(self._source, name, at)
            )
            self._offer("Mask", "paintbrush-vertical", lambda: placing.as_mask(self._source))
            self.addSeparator()
        self._offer("Start picture", "image-plus", self._start)
        self._offer("Style", "palette", self._style)
        self._offer("Open as artwork", "file-image", self._open)
        self._settings: PictureSettings | None = None
        if isinstance(picture, Path):
            self.addSeparator()
            # Greyed out until the file turns out to say how it was made.
            self._its_settings = self._offer("Its settings…", "info", self._show_settings)
            self._its_settings.setEnabled(False)
            session.foreign_settings.look_into(picture, self._on_looked)

    def _offer(self, text: str, icon_name: str, does: Callable[[], None]) -> QAction:
        return self.addAction(icon(icon_name), text, does)

    @property
    def _source(self) -> Path | Pixels:
        picture = self._picture
        return picture if isinstance(picture, Path) else as_pixels(picture, keep_alpha=True)

    def _start(self) -> None:
        if isinstance(self._picture, Path):
            self._session.start_picture.from_file(self._picture)
        else:
            self._session.start_picture.from_pixels(as_pixels(self._picture), self._name)

    def _style(self) -> None:
        picture = self._picture
        source = picture if isinstance(picture, Path) else as_pixels(picture)
        self._session.styles.add(source, Path(self._name).stem)

    def _open(self) -> None:
        if isinstance(self._picture, Path):
            self._session.artworks.open(self._picture)
        else:
            pixels = as_pixels(self._picture, keep_alpha=True)
            self._session.editing.open_pixels(pixels, self._name)

    def _show_settings(self) -> None:
        if self._settings is not None:
            self._session.foreign_settings.show(self._settings, self._name)

    def _on_looked(self, settings: PictureSettings | None) -> None:
        # A menu that was closed meanwhile is gone.
        if shiboken6.isValid(self):
            self._settings = settings
            self._its_settings.setEnabled(settings is not None)


def is_artwork(picture: Path | QImage) -> bool:
    """Whether it can only be opened, as it is an artwork itself."""
    return isinstance(picture, Path) and picture.suffix.lower() == ARTWORK_SUFFIX
