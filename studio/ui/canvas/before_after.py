"""Before and after beside each other, with a line between them that can be dragged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF

from studio.document import Change, Document
from studio.ui.bindings import Bindings
from studio.ui.canvas.document_image import DocumentImage
from studio.ui.canvas.split_line import SplitLine
from studio.ui.session import Session
from studio.ui.session.pictures.comparison import before

if TYPE_CHECKING:
    from studio.ui.canvas.canvas_view import CanvasView


class BeforeAfter(SplitLine):
    """While the session compares, it keeps a second document, which is the first one without its
    newest picture, and follows all that is done to that.
    """

    def __init__(self, session: Session, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._session = session
        self._comparison = session.comparison
        self._canvas = canvas
        self._document: Document | None = None
        self._before: DocumentImage | None = None
        self.setAccessibleName("Line between before and after")
        self.moved.connect(session.comparison.move)
        self.left.connect(self._on_left)
        self._bindings = Bindings(self)
        self._bindings.add(session.comparison.changed, self._on_changed)
        self._bindings.add(session.editing.document_changed, self._on_changed)
        self._bindings.add(session.editing.on_canvas_changed, self._on_changed)

    def parts(
        self, target: QRectF, damaged: QRectF, after: DocumentImage
    ) -> list[tuple[QRectF, DocumentImage]]:
        """What to paint where: `after`, and left of the line what was before. `target` is where the
        document lies."""
        if self._before is None:
            return [(damaged, after)]
        left, right = QRectF(target), QRectF(target)
        left.setWidth(target.width() * self._comparison.share)
        right.setLeft(left.right())
        halves = (left.intersected(damaged), self._before), (right.intersected(damaged), after)
        return [(part, image) for part, image in halves if not part.isEmpty()]

    def place(self) -> None:
        """Bring the line to where it is in the picture."""
        size = None if self._before is None else self._before.document.size
        self.put(size, self._comparison.share)

    # Following

    def _on_changed(self) -> None:
        is_wanted = self._comparison.is_on and self._session.editing.is_on_canvas
        document = self._session.editing.document if is_wanted else None
        if document is not self._document:
            if self._document is not None:
                self._bindings.remove(self._document.changed, self._on_edited)
            self._let_go()
            self._document = document
            if document is not None:
                self._bindings.add(document.changed, self._on_edited)
        if document is not None:
            self._on_edited(Change())
        self.place()
        self._canvas.update()

    def _on_edited(self, change: Change) -> None:
        document = self._document
        content = None if document is None else before(document)
        was_there = self._before is not None
        if content is None:
            self._let_go()
        elif self._before is None:
            self._before = DocumentImage(Document(content), self)
        else:
            self._before.document.preview(content)
            # A running stroke changes pixels and nothing else.
            self._before.document.repainted(change)
        if was_there != (self._before is not None):
            self.place()
            self._canvas.update()

    def _let_go(self) -> None:
        if self._before is not None:
            self._before.close()
        self._before = None

    def _on_left(self) -> None:
        self._comparison.set_on(False)
