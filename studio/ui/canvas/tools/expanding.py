"""Extend the picture: drag its edges outward, and the model paints what lies beyond them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QTransform

from studio.domain.geometry import Size
from studio.domain.inpaint import Extents
from studio.ui.canvas.tools import outline
from studio.ui.canvas.tools.tool import Pointer, Tool

SNAP_PX = 8
LONGEST_PX = 8192
LABEL_ROOM_PX = 24


@dataclass(frozen=True, slots=True)
class _Hold:
    """The sides held, and what they were extended by when the pointer went down."""

    left: bool
    top: bool
    right: bool
    bottom: bool
    extend: Extents
    x: float
    y: float


class ExpandTool(Tool):
    """Each edge and corner of the picture can be dragged outward, in steps of 8 px; with Shift the
    opposite one goes along. The bar below then paints what is new."""

    cursor = Qt.CursorShape.SizeAllCursor

    _hold: _Hold | None = None

    def press(self, pointer: Pointer) -> None:
        box, near = self._box, 2 * pointer.reach
        left, right = abs(pointer.x - box.left()) <= near, abs(pointer.x - box.right()) <= near
        top, bottom = abs(pointer.y - box.top()) <= near, abs(pointer.y - box.bottom()) <= near
        if left or right or top or bottom:
            extend = self.session.inpainting.extend
            self._hold = _Hold(left, top, right, bottom, extend, pointer.x, pointer.y)

    def drag(self, pointer: Pointer) -> None:
        hold = self._hold
        if hold is None:
            return
        x, y = pointer.x - hold.x, pointer.y - hold.y
        left = hold.extend.left - (x if hold.left else -x if pointer.shift and hold.right else 0)
        right = hold.extend.right + (x if hold.right else -x if pointer.shift and hold.left else 0)
        top = hold.extend.top - (y if hold.top else -y if pointer.shift and hold.bottom else 0)
        bottom = hold.extend.bottom + (
            y if hold.bottom else -y if pointer.shift and hold.top else 0
        )
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

    def overlay(self) -> QRectF:
        return self._box

    def paint_over(self, painter: QPainter, to_widget: QTransform) -> None:
        if self.session.inpainting.is_showing:
            return
        corners = outline.corners(self._box, to_widget)
        outline.draw_polygon(painter, corners)
        middles = [(corners[i] + corners[(i + 1) % len(corners)]) / 2 for i in range(len(corners))]
        outline.draw_handles(painter, [*corners, *middles])
        if extend := self.session.inpainting.extend:
            size = extend.of(self.document.content.size)
            self._label(painter, corners[0], size)

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

    @staticmethod
    def _label(painter: QPainter, corner: QPointF, size: Size) -> None:
        place = QRectF(corner.x() + 6, corner.y() + 6, 120, LABEL_ROOM_PX)
        painter.fillRect(place, QColor(0, 0, 0, 160))
        painter.setPen(QPen(QColor("#ffffff")))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"{size} px")


def _fitting(before: float, after: float, length: int) -> tuple[int, int]:
    """Whole steps, none inward, and no more than a document may have."""
    one, other = (max(0, round(side / SNAP_PX) * SNAP_PX) for side in (before, after))
    room = (LONGEST_PX - length) // SNAP_PX * SNAP_PX
    one = min(one, room)
    return one, min(other, room - one)
