"""Before and after beside each other, with a line between them that can be dragged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QRegion
from PySide6.QtWidgets import QWidget

from studio.document import Change, Document
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.canvas.document_image import DocumentImage
from studio.ui.icons import icon
from studio.ui.session import Session
from studio.ui.session.comparison import before

if TYPE_CHECKING:
    from studio.ui.canvas.canvas_view import CanvasView

KNOB_PX: Final = 28
_NEAR_PX: Final = 8
_STEP: Final = 0.02
_KEYS: Final = {Qt.Key.Key_Left: -_STEP, Qt.Key.Key_Right: _STEP}


class BeforeAfter(QWidget):
    """The line, and a knob on it; only they take the mouse. Tab goes to it, arrow keys move it.

    While the session compares, it keeps a second document, which is the first one without its
    newest picture, and follows all that is done to that.
    """

    def __init__(self, session: Session, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._session = session
        self._comparison = session.comparison
        self._canvas = canvas
        self._document: Document | None = None
        self._before: DocumentImage | None = None
        self._line = QLineF()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setAccessibleName("Line between before and after")
        self.hide()
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
        self.setVisible(self._before is not None)
        if self._before is None:
            return
        self.setGeometry(self._canvas.rect())
        size = self._before.document.size
        x = size.width * self._comparison.share
        line = self._canvas.to_widget.map(QLineF(x, 0, x, size.height))
        if line != self._line:
            self._line = line
            self.setMask(self._reach())
            self.update()

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
        self.setAccessibleDescription(f"{self._comparison.share:.0%} from the left")
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

    # The line

    def _reach(self) -> QRegion:
        """Where the mouse takes hold of it."""
        across = self._line.normalVector().unitVector()
        side = QPointF(across.dx(), across.dy()) * _NEAR_PX
        first, last = self._line.p1(), self._line.p2()
        around = QPolygonF([first - side, last - side, last + side, first + side])
        region = QRegion(around.toPolygon())
        return region.united(QRegion(self._knob().toAlignedRect(), QRegion.RegionType.Ellipse))

    def _knob(self) -> QRectF:
        """In the middle of what is seen of the line."""
        room = QRectF(self.rect())
        points = [self._line.pointAt(step / 64) for step in range(65)]
        seen = [point for point in points if room.contains(point)] or points
        knob = QRectF(0, 0, KNOB_PX, KNOB_PX)
        knob.moveCenter(seen[len(seen) // 2])
        return knob

    # Events

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for token, width in (("surround", 4), ("text", 2)):
            painter.setPen(QPen(theme.color(token), width))
            painter.drawLine(self._line)
        knob = self._knob()
        painter.setPen(QPen(theme.color("accent" if self.hasFocus() else "line"), 2))
        painter.setBrush(theme.color("panel"))
        painter.drawEllipse(knob.adjusted(1, 1, -1, -1))
        painter.translate(knob.center())
        painter.rotate(-self._line.angle() - 90)
        side = theme.ICON_SIZE
        icon("move-horizontal").paint(painter, -side // 2, -side // 2, side, side)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        event.setAccepted(event.button() == Qt.MouseButton.LeftButton)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._before is not None and event.buttons() & Qt.MouseButton.LeftButton:
            place = self._canvas.from_widget.map(event.position())
            self._comparison.move(place.x() / self._before.document.size.width)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in _KEYS:
            self._comparison.move(self._comparison.share + _KEYS[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Escape:
            self._comparison.set_on(False)
        else:
            super().keyPressEvent(event)
