"""The document being edited, and whether the canvas shows it or the picture on show."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from psygnal import Signal

from studio.document import Document, LayerKind
from studio.domain.events import Pixels
from studio.ui.session.shown import Shown


class Editing:
    """Opens pictures as documents, brings them to the canvas and away from it, undoes and redoes.

    The canvas shows either the picture on show (one that emerges, or one of the history, with its
    steps) or the document. Whatever is put on show comes to the canvas; the document waits behind
    it, untouched, until `bring_back`.

    `put_away` is called with a document that makes room for another, or is closed.

    Signals:
        document_changed(): another document is open, or none.
        on_canvas_changed(): the canvas changed between the document and the picture on show.
    """

    document_changed: ClassVar[Signal] = Signal()
    on_canvas_changed: ClassVar[Signal] = Signal()

    def __init__(self, shown: Shown) -> None:
        self.document: Document | None = None
        self.is_on_canvas = False
        self.put_away: Callable[[Document], None] = lambda _document: None
        self._shown = shown
        shown.emergence_changed.connect(self.leave)

    def open(self, document: Document) -> None:
        """Make a document the one that is edited, and bring it to the canvas."""
        if document is not self.document:
            self._put_away()
            self.document = document
            self.document_changed.emit()
        self.bring_back()

    def open_shown(self) -> Document | None:
        """Open the finished picture on show as a document; None while there is none."""
        pixels = self._shown.finished_pixels
        if pixels is None:
            return None
        picture = self._shown.picture
        prompt = "" if picture is None else picture.settings.prompt
        self.open_pixels(pixels, prompt[:40] or "Picture", prompt, LayerKind.GENERATED)
        if self.document is not None and picture is not None:
            self.document.sources = (picture.pixel_digest,)
        return self.document

    def open_pixels(
        self, pixels: Pixels, name: str, prompt: str = "", kind: LayerKind = LayerKind.PICTURE
    ) -> None:
        """Open a picture (H, W, 3) or (H, W, 4) as a document of one layer."""
        self.open(Document.of_picture(pixels, name, kind, prompt))

    def close(self) -> None:
        """Let go of the document."""
        self.leave()
        if self.document is not None:
            self._put_away()
            self.document = None
            self.document_changed.emit()

    def bring_back(self) -> None:
        """Show the document on the canvas, if there is one."""
        self._set_on_canvas(self.document is not None)

    def leave(self) -> None:
        """Show the picture on show instead; the document stays as it is."""
        self._set_on_canvas(False)

    def undo(self) -> None:
        """Take the document's last step back."""
        if self.document is not None:
            self.document.undo()

    def redo(self) -> None:
        """Do again what was taken back last."""
        if self.document is not None:
            self.document.redo()

    def _put_away(self) -> None:
        if self.document is not None:
            self.put_away(self.document)

    def _set_on_canvas(self, wanted: bool) -> None:
        if wanted != self.is_on_canvas:
            self.is_on_canvas = wanted
            self.on_canvas_changed.emit()
