"""Extend the picture: drag its edges outward, and the model paints what lies beyond them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPolygonF, QTransform

from studio.document.area_snapping import Sides
from studio.domain.geometry import Size
from studio.domain.inpaint import Extents
from studio.ui.canvas.tools import handles, outline
from studio.ui.canvas.tools.tool import Pointer, Tool

SNAP_PX = 8
LONGEST_PX = 8192


@dataclass(frozen=True, slots=True)
class _Hold:
    """The sides held, and what they were extended by when the pointer went down."""

    sides: Sides
    extend: Extents
    x: float
    y: float


class ExpandTool(Tool):
    """Each edge and corner of the picture can be dragged outward, in steps of 8 px; with Shift the
    opposite one goes along. The bar below then paints what is new."""

    cursor = Qt.CursorShape.ArrowCursor

    _hold: _Hold | None = None

    def press(self, pointer: Pointer) -> None:
        sides = handles.sides_at(self._box, pointer)
        if sides:
            extend = self.session.inpainting.extend
            self._hold = _Hold(sides, extend, pointer.x, pointer.y)

    def drag(self, pointer: Pointer) -> None:
        hold = self._hold
        if hold is None:
            return
        x, y, sides, extend = pointer.x - hold.x, pointer.y - hold.y, hold.sides, hold.extend
        # With Shift the opposite side goes as far the other way.
        left = extend.left - _part(x, sides.left, sides.right and pointer.shift)
        right = extend.right + _part(x, sides.right, sides.left and pointer.shift)
        top = extend.top - _part(y, sides.top, sides.bottom and pointer.shift)
        bottom = extend.bottom + _part(y, sides.bottom, sides.top and pointer.shift)
        size = self.document.content.size
        left, right = _fitting(left, right, size.width)
        top, bottom = _fitting(top, bottom, size.height)
        self.session.inpainting.set_extend(Extents(left, top, right, bottom))

    def release(self, pointer: Pointer) -> None:
        self.drag(pointer)
        self._hold = None

    def cancel(self) -> bool:
        begun = bool(self.session.inpainting.extend)
        self._hold = None
        self.session.inpainting.set_extend(Extents())
        return begun

    def hover(self, pointer: Pointer) -> None:
        arrow = Qt.CursorShape.ArrowCursor
        held = handles.sides_at(self._box, pointer)
        self.cursor = handles.cursor_at(self._box, pointer, arrow) if held else arrow

    def overlay(self) -> QRectF:
        return self._box

    def label_px(self) -> int:
        return outline.LABEL_ROOM_PX

    def paint_over(self, painter: QPainter, to_widget: QTransform) -> None:
        if self.session.inpainting.is_showing:
            return
        size = self.document.content.size
        self._paint_new(painter, QRectF(0, 0, size.width, size.height), to_widget)
        _paint_frame(painter, self._box, to_widget)
        if extend := self.session.inpainting.extend:
            place = to_widget.mapRect(self._box)
            outline.draw_label(painter, place, f"{extend.of(size)} px")

    @staticmethod
    def paint_before(painter: QPainter, size: Size, to_widget: QTransform) -> None:
        _paint_frame(painter, QRectF(0, 0, size.width, size.height), to_widget)

    def _paint_new(self, painter: QPainter, picture: QRectF, to_widget: QTransform) -> None:
        """What is to be painted, hatched."""
        outside, inside = QPainterPath(), QPainterPath()
        outside.addPolygon(to_widget.map(QPolygonF(self._box)))
        inside.addPolygon(to_widget.map(QPolygonF(picture)))
        hatched = QBrush(QColor(255, 255, 255, 60), Qt.BrushStyle.BDiagPattern)
        painter.fillPath(outside.subtracted(inside), hatched)

    @property
    def _box(self) -> QRectF:
        """The picture as large as it will be, in its present pixels."""
        extend, size = self.session.inpainting.extend, self.document.content.size
        return QRectF(
            -extend.left,
            -extend.top,
            extend.left + size.width + extend.right,
            extend.top + size.height + extend.bottom,
        )


def _paint_frame(painter: QPainter, box: QRectF, to_widget: QTransform) -> None:
    outline.draw_polygon(painter, outline.corners(box, to_widget))
    outline.draw_handles(painter, handles.points(box, to_widget))


def _part(moved: float, held: bool, opposite: bool) -> float:
    """How much of the pointer's way a side takes: all of it, its reverse, or none."""
    return moved if held else -moved if opposite else 0


def _fitting(before: float, after: float, length: int) -> tuple[int, int]:
    """Whole steps, none inward, and no more than a document may have."""
    one, other = (max(0, round(side / SNAP_PX) * SNAP_PX) for side in (before, after))
    room = (LONGEST_PX - length) // SNAP_PX * SNAP_PX
    one = min(one, room)
    return one, min(other, room - one)
