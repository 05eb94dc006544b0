"""A line across a picture that can be dragged: one thing left of it, another one right of it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QRegion
from PySide6.QtWidgets import QWidget

from studio.domain.geometry import Size
from studio.ui import theme
from studio.ui.canvas.zoom_view import ZoomView
from studio.ui.icons import icon

KNOB_PX: Final = 28
_NEAR_PX: Final = 8
_STEP: Final = 0.02
_KEYS: Final = {Qt.Key.Key_Left: -_STEP, Qt.Key.Key_Right: _STEP}


class SplitLine(QWidget):
    """The line, and a knob on it, over a view; only they take the mouse. Tab goes to it, arrow keys
    move it.

    `moved` is the share of the picture's width at which somebody wants it; `left` is Escape.
    """

    moved = Signal(float)
    left = Signal()

    def __init__(self, view: ZoomView) -> None:
        super().__init__(view)
        self._view = view
        self._size: Size | None = None
        self._share = 0.5
        self._line = QLineF()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.hide()

    def put(self, size: Size | None, share: float) -> None:
        """Bring the line to where it is in the view's picture of `size`; None hides it."""
        self._size, self._share = size, share
        self.setVisible(size is not None)
        if size is None:
            return
        self.setAccessibleDescription(f"{share:.0%} from the left")
        self.setGeometry(self._view.rect())
        x = size.width * share
        line = self._view.to_widget.map(QLineF(x, 0, x, size.height))
        if line != self._line:
            self._line = line
            self.setMask(self._reach())
            self.update()

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
        if self._size is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self.moved.emit(self._view.from_widget.map(event.position()).x() / self._size.width)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in _KEYS:
            self.moved.emit(self._share + _KEYS[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
