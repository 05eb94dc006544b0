"""A box with eight handles: which edges are held, and what it becomes as they are dragged."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QTransform

from studio.document.area_snapping import Sides
from studio.ui.canvas.tools import outline
from studio.ui.canvas.tools.tool import Pointer

NEAR: Final = 1.5  # of the pointer's reach


def sides_at(box: QRectF, pointer: Pointer) -> Sides:
    """The edges that the pointer is at, none if it is elsewhere. Small boxes keep a middle."""
    near_x = min(NEAR * pointer.reach, box.width() / 4)
    near_y = min(NEAR * pointer.reach, box.height() / 4)
    out = NEAR * pointer.reach
    if not box.adjusted(-out, -out, out, out).contains(QPointF(pointer.x, pointer.y)):
        return Sides()
    return Sides(
        left=pointer.x - box.left() <= near_x,
        right=box.right() - pointer.x <= near_x,
        top=pointer.y - box.top() <= near_y,
        bottom=box.bottom() - pointer.y <= near_y,
    )


def cursor_at(box: QRectF, pointer: Pointer, elsewhere: Qt.CursorShape) -> Qt.CursorShape:
    """The cursor that says what a press would do: resize, move, or something `elsewhere`."""
    sides = sides_at(box, pointer)
    across, down = sides.left or sides.right, sides.top or sides.bottom
    if across and down:
        falling = sides.left == sides.top
        return Qt.CursorShape.SizeFDiagCursor if falling else Qt.CursorShape.SizeBDiagCursor
    if across:
        return Qt.CursorShape.SizeHorCursor
    if down:
        return Qt.CursorShape.SizeVerCursor
    inside = box.contains(QPointF(pointer.x, pointer.y))
    return Qt.CursorShape.SizeAllCursor if inside else elsewhere


def dragged(box: QRectF, sides: Sides, right: float, down: float, *, square: bool) -> QRectF:
    """The box with the held edges moved that far; beyond the opposite one it turns over. A corner
    makes it as wide as high with `square`."""
    across, along = sides.left or sides.right, sides.top or sides.bottom
    fixed_x, x = (box.right(), box.left()) if sides.left else (box.left(), box.right())
    fixed_y, y = (box.bottom(), box.top()) if sides.top else (box.top(), box.bottom())
    x, y = x + (right if across else 0), y + (down if along else 0)
    if square and across and along:
        side = max(abs(x - fixed_x), abs(y - fixed_y))
        x = fixed_x + (side if x >= fixed_x else -side)
        y = fixed_y + (side if y >= fixed_y else -side)
    return QRectF(QPointF(fixed_x, fixed_y), QPointF(x, y)).normalized()


def points(box: QRectF, to_widget: QTransform) -> list[QPointF]:
    """Where the eight handles lie in the widget: the corners, then the middles of the edges."""
    corners = outline.corners(box, to_widget)
    middles = [(corners[i] + corners[(i + 1) % 4]) / 2 for i in range(4)]
    return [*corners, *middles]
