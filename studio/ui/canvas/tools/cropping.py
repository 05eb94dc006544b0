"""Crop the document to a box, or extend it to one."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPolygonF, QTransform

from studio.document import Area
from studio.document.area_snapping import Sides
from studio.document.edits import crop
from studio.domain.errors import StudioError
from studio.ui.canvas.tools import handles, outline
from studio.ui.canvas.tools.tool import Pointer, Tool

SHADE = QColor(0, 0, 0, 140)


@dataclass(frozen=True, slots=True)
class _Hold:
    """What was held where when the pointer went down; without sides the box moves."""

    box: QRectF
    sides: Sides
    x: float
    y: float


class CropTool(Tool):
    """Drag a box, mend it at its edges and corners or move it; Enter or a double click crops to it.
    Shift makes it square."""

    _box = QRectF()
    _hold: _Hold | None = None

    def press(self, pointer: Pointer) -> None:
        box = QRectF(self._box)
        sides = Sides() if box.isEmpty() else handles.sides_at(box, pointer)
        if not sides and not box.contains(pointer.x, pointer.y):
            box = QRectF(pointer.x, pointer.y, 0, 0)
            sides = Sides(right=True, bottom=True)
        self._hold = _Hold(box, sides, pointer.x, pointer.y)
        self._box = box

    def drag(self, pointer: Pointer) -> None:
        hold = self._hold
        if hold is None:
            return
        right, down = pointer.x - hold.x, pointer.y - hold.y
        if hold.sides:
            self._box = handles.dragged(hold.box, hold.sides, right, down, square=pointer.shift)
        else:
            self._box = hold.box.translated(right, down)

    def release(self, pointer: Pointer) -> None:
        self.drag(pointer)
        self._hold = None

    def hover(self, pointer: Pointer) -> None:
        cross = Qt.CursorShape.CrossCursor
        empty = self._box.isEmpty()
        self.cursor = cross if empty else handles.cursor_at(self._box, pointer, cross)

    def double_click(self, pointer: Pointer) -> None:
        self.commit()

    def commit(self) -> bool:
        area = self._area
        if area.is_empty:
            return False
        try:
            self.document.do(crop(self.document.content, area))
        except StudioError as error:
            self.session.messages.tell(error)
        return self.cancel()

    def cancel(self) -> bool:
        begun = not self._box.isEmpty()
        self._box, self._hold = QRectF(), None
        return begun

    def overlay(self) -> QRectF:
        if self._box.isEmpty():
            return QRectF()
        whole = QRectF(0, 0, self.document.size.width, self.document.size.height)
        return whole.united(self._box)

    def label_px(self) -> int:
        return outline.LABEL_ROOM_PX

    def paint_over(self, painter: QPainter, to_widget: QTransform) -> None:
        if self._box.isEmpty():
            return
        corners = outline.corners(self._box, to_widget)
        outside, inside = QPainterPath(), QPainterPath()
        outside.addPolygon(QPolygonF(outline.corners(self.overlay(), to_widget)))
        inside.addPolygon(QPolygonF(corners))
        painter.fillPath(outside.subtracted(inside), SHADE)
        outline.draw_polygon(painter, corners)
        outline.draw_handles(painter, handles.points(self._box, to_widget))
        if not (area := self._area).is_empty:
            place = to_widget.mapRect(self._box)
            outline.draw_label(painter, place, f"{area.width} × {area.height} px")

    @property
    def _area(self) -> Area:
        """The box in whole pixels."""
        box = self._box
        return Area(round(box.left()), round(box.top()), round(box.right()), round(box.bottom()))
