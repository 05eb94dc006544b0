"""The window's title: the artwork's name, and a mark while something of it isn't saved."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from studio.document import Document
from studio.ui.bindings import Bindings
from studio.ui.session import Session

PROGRAM = "Pentimento"


class WindowTitle:
    """Keeps the title of `window` true."""

    def __init__(self, session: Session, window: QWidget) -> None:
        self._editing = session.editing
        self._window = window
        self._document: Document | None = None
        self._bindings = Bindings(window)
        self._bindings.add(session.editing.document_changed, self._on_document_changed)
        self._on_document_changed()

    def _on_document_changed(self) -> None:
        if self._document is not None:
            self._bindings.remove(self._document.named, self._show)
            self._bindings.remove(self._document.edited, self._show)
        self._document = document = self._editing.document
        if document is not None:
            self._bindings.add(document.named, self._show)
            self._bindings.add(document.edited, self._show)
        self._show()

    def _show(self) -> None:
        document = self._document
        if document is None:
            self._window.setWindowModified(False)
            self._window.setWindowTitle(PROGRAM)
            return
        name = document.name.replace("\n", " ").replace("[*]", "[ * ]") or "Untitled"
        self._window.setWindowTitle(f"{name}[*] – {PROGRAM}")
        self._window.setWindowModified(document.is_modified)
