"""The chip in the canvas's corner that leads back to the artwork behind the picture on show."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QWidget

from studio.document import Document
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_tooltip
from studio.ui.icons import icon
from studio.ui.session import Session

NAME_WIDTH = 140


class ArtworkChip(QPushButton):
    """“Back to NAME”, seen only while an artwork waits."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._editing = session.editing
        self._document: Document | None = None
        self.setObjectName("ArtworkChip")
        self.setIcon(icon("corner-up-left"))
        self.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self._on_clicked)
        self._bindings = Bindings(self)
        self._bindings.add(session.editing.document_changed, self._on_document_changed)
        self._bindings.add(session.editing.on_canvas_changed, self._show)
        self._on_document_changed()

    def _on_document_changed(self) -> None:
        if self._document is not None:
            self._bindings.remove(self._document.named, self._show)
        self._document = self._editing.document
        if self._document is not None:
            self._bindings.add(self._document.named, self._show)
        self._show()

    def _show(self) -> None:
        if self._document is not None:
            name = self._document.name.replace("\n", " ") or "the artwork"
            self.setAccessibleName(f"Back to {name}")
            self.setToolTip(plain_tooltip(f"Back to {name} (Ctrl+B)"))
            elided = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, NAME_WIDTH)
            self.setText(f"Back to {elided}".replace("&", "&&"))
        self.setVisible(self._document is not None and not self._editing.is_on_canvas)
        self.adjustSize()

    def _on_clicked(self) -> None:
        self._editing.bring_back()
