"""The two wells: the picture on the canvas, and the styles that it takes on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from PySide6.QtCore import QMimeData, QPoint, Qt, QTimer
from PySide6.QtGui import QDrag, QImage, QMouseEvent, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from studio.document import Content, Document
from studio.document.rendering.composite import flatten, sampled
from studio.domain.events import Pixels
from studio.ui.bindings import Bindings
from studio.ui.canvas import as_pixels, as_qimage
from studio.ui.canvas.drop_menu import is_artwork
from studio.ui.session import Session
from studio.ui.style.picture_well import PictureWell
from studio.ui.style.thumbnails import StyleThumbnails

# Nobody looks here while a stroke is painted.
CALM_MS: Final = 250
_SIDE_PX: Final = 400


class ContentWell(PictureWell):
    """Shows what is on the canvas. What comes here is opened; what is here can be dragged away."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(
            session,
            "Content",
            "Drop a photo here, or click to choose one",
            "The picture on the canvas: drop or paste another, or click to open one",
            parent=parent,
        )
        self._document: Document | None = None
        self._pressed_at: QPoint | None = None
        self._is_dragged = False
        self._calm = QTimer(self, singleShot=True, interval=CALM_MS)
        self._calm.timeout.connect(self._show)
        self.came.connect(self._on_came)
        self._bindings = Bindings(self)
        self._bindings.add(session.artwork.picture_changed, self._on_changed)
        self._bindings.add(session.editing.document_changed, self._on_document_changed)
        self._bindings.add(session.editing.on_canvas_changed, self._show)
        self._on_document_changed()

    @property
    def _content(self) -> Content | None:
        """The document's, if it is on the canvas."""
        if self._document is None or not self.session.editing.is_on_canvas:
            return None
        return self._document.content

    def _show(self) -> None:
        content, pixels = self._content, self.session.artwork.pixels
        if content is not None:
            picture = _small(content)
        elif pixels is not None:
            step = max(1, min(pixels.shape[:2]) // _SIDE_PX)
            picture = as_qimage(pixels[::step, ::step])
        else:
            self.show_pictures(())
            return
        self.show_pictures((QPixmap.fromImage(picture),))

    # Slots

    def _on_document_changed(self) -> None:
        if self._document is not None:
            self._bindings.remove(self._document.edited, self._on_changed)
        self._document = self.session.editing.document
        if self._document is not None:
            self._bindings.add(self._document.edited, self._on_changed)
        self._show()

    def _on_changed(self) -> None:
        if self.pictures:
            self._calm.start()
        else:
            self._show()

    def _on_came(self, picture: Path | QImage) -> None:
        if self._is_dragged:
            return
        if isinstance(picture, Path):
            if is_artwork(picture):
                self.session.artworks.open(picture)
            else:
                self.session.styles.open_content(picture, picture.stem)
        else:
            pixels = as_pixels(picture, keep_alpha=True)
            self.session.styles.open_content(pixels, "dropped picture")

    # Dragging it away

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._pressed_at = event.position().toPoint() if self.pictures else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        far = QApplication.startDragDistance()
        start = self._pressed_at
        if start is None or (event.position().toPoint() - start).manhattanLength() < far:
            super().mouseMoveEvent(event)
            return
        self._pressed_at = None
        self.setDown(False)
        if (image := self._whole()) is not None:
            self._drag(image)

    def _drag(self, image: QImage) -> None:
        data = QMimeData()
        data.setImageData(image.copy())
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.setPixmap(self.pictures[0].scaledToHeight(self.height() // 2))
        self._is_dragged = True
        drag.exec(Qt.DropAction.CopyAction)
        self._is_dragged = False

    def _whole(self) -> QImage | None:
        """What is on the canvas, as it is."""
        pixels: Pixels | None = self.session.shown.finished_pixels
        if (content := self._content) is not None:
            pixels = flatten(content)
        return None if pixels is None else as_qimage(pixels)


class StyleWell(PictureWell):
    """Shows the chosen styles beside each other. What comes here is put on the shelf and chosen."""

    def __init__(
        self, session: Session, thumbnails: StyleThumbnails, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            session,
            "Style",
            "Drop a painting here, or choose one below",
            "The style to take on: drop or paste a picture, or click to choose a file",
            fills=True,
            parent=parent,
        )
        self._thumbnails = thumbnails
        self.came.connect(self._on_came)
        thumbnails.arrived.connect(self._show)
        self._bindings = Bindings(self)
        self._bindings.add(session.restyling.wishes_changed, self._show)
        self._bindings.add(session.styles.side_changed, self._show)
        self._show()

    def _show(self) -> None:
        entries = [choice.entry for choice in self.session.styles.chosen]
        self.show_pictures([self._thumbnails.get(entry) or QPixmap() for entry in entries])
        names = ", ".join(entry.name for entry in entries)
        self.setAccessibleDescription(names)

    def _on_came(self, picture: Path | QImage) -> None:
        add_style(self.session, picture)


def add_style(session: Session, picture: Path | QImage) -> None:
    """Put a dropped or pasted picture on the shelf and choose it."""
    if isinstance(picture, Path):
        session.styles.add(picture, picture.stem)
    else:
        session.styles.add(as_pixels(picture), "Dropped picture")


def _small(content: Content) -> QImage:
    size = content.size
    step = max(1, min(size.width, size.height) // _SIDE_PX)
    pixels = np.ascontiguousarray(sampled(content.layers, content.area, step))
    image = QImage(
        pixels.data,
        pixels.shape[1],
        pixels.shape[0],
        pixels.strides[0],
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    # A copy: the array goes when this returns.
    return image.copy()
