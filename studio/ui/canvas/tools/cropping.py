"""Crop the document to a box, or extend it to one."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPolygonF, QTransform

from studio.document import Area
from studio.document.edits import crop
from studio.domain.errors import StudioError
from studio.ui.canvas.tools import outline
from studio.ui.canvas.tools.tool import Pointer, Tool

SHADE = QColor(0, 0, 0, 140)


class CropTool(Tool):
    """Drag a box, mend it at its corners or move it; Enter or a double click crops to it."""

    _box = QRectF()
    _from: QPointF | None = None
    _moved_from: QPointF | None = None

    def press(self, pointer: Pointer) -> None:
        place = QPointF(pointer.x, pointer.y)
        if (opposite := self._opposite_corner(pointer)) is not None:
            self._from = opposite
        elif self._box.contains(place):
            self._moved_from = place
        else:
            self._from = place
            self._box = QRectF(place, place)

    def drag(self, pointer: Pointer) -> None:
        place = QPointF(pointer.x, pointer.y)
        if self._moved_from is not None:
            self._box.translate(place - self._moved_from)
            self._moved_from = place
        elif self._from is not None:
            box = QRectF(self._from, place).normalized()
            if pointer.shift:
                side = max(box.width(), box.height())
                left = self._from.x() if place.x() > self._from.x() else self._from.x() - side
                top = self._from.y() if place.y() > self._from.y() else self._from.y() - side
                box = QRectF(left, top, side, side)
            self._box = box

    def release(self, pointer: Pointer) -> None:
        self.drag(pointer)
        self._from = self._moved_from = None

    def double_click(self, pointer: Pointer) -> None:
        self.commit()

    def commit(self) -> bool:
        area = Area(
            round(self._box.left()),
            round(self._box.top()),
            round(self._box.right()),
            round(self._box.bottom()),
        )
        if area.is_empty:
            return False
        try:
            self.document.do(crop(self.document.content, area))
        except StudioError as error:
            self.session.messages.tell(error)
        return self.cancel()

    def cancel(self) -> bool:
        begun = not self._box.isEmpty()
        self._box, self._from, self._moved_from = QRectF(), None, None
        return begun

    def overlay(self) -> QRectF:
        if self._box.isEmpty():
            return QRectF()
        whole = QRectF(0, 0, self.document.size.width, self.document.size.height)
        return whole.united(self._box)

    def paint_over(self, painter: QPainter, to_widget: QTransform) -> None:
        if self._box.isEmpty():
            return
        corners = outline.corners(self._box, to_widget)
        outside, inside = QPainterPath(), QPainterPath()
        outside.addPolygon(QPolygonF(outline.corners(self.overlay(), to_widget)))
        inside.addPolygon(QPolygonF(corners))
        painter.fillPath(outside.subtracted(inside), SHADE)
        outline.draw_polygon(painter, corners)
        outline.draw_handles(painter, corners)

    def _opposite_corner(self, pointer: Pointer) -> QPointF | None:
        """The corner across from the one that the pointer is at; None if it is at none."""
        box = self._box
        if box.isEmpty():
            return None
        for corner, opposite in (
            (box.topLeft(), box.bottomRight()),
            (box.topRight(), box.bottomLeft()),
            (box.bottomRight(), box.topLeft()),
            (box.bottomLeft(), box.topRight()),
        ):
            near = max(abs(corner.x() - pointer.x), abs(corner.y() - pointer.y))
            if near <= 1.5 * pointer.reach:
                return opposite
        return None
