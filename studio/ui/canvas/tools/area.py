"""The working area: the box that the model sees when it paints under the mask."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QTransform

from studio.document.area_snapping import Sides, Snapping, drawn, moved, resized
from studio.domain.geometry import Box
from studio.domain.limits import MIN_SIDE_PX
from studio.ui.canvas.tools import handles, outline
from studio.ui.canvas.tools.tool import Pointer, Tool


@dataclass(frozen=True, slots=True)
class _Hold:
    """What was held where when the pointer went down. Without a box a new one is drawn; without
    sides it moves."""

    box: Box | None
    sides: Sides
    x: float
    y: float


class AreaTool(Tool):
    """Inside the box it moves, at its edges and corners it is resized, elsewhere a new one is
    drawn. It snaps to the picture's borders, the mask's padded bounds and the model's multiple; not
    with Alt or Ctrl. Escape or a double click lets the studio choose again."""

    _hold: _Hold | None = None
    _dragged: Box | None = None

    def press(self, pointer: Pointer) -> None:
        box = self.session.working_area.box
        sides = Sides() if box is None else handles.sides_at(_rect(box), pointer)
        if box is not None and not sides and not _rect(box).contains(pointer.x, pointer.y):
            box = None
        self._hold = _Hold(box, sides, pointer.x, pointer.y)

    def drag(self, pointer: Pointer) -> None:
        hold = self._hold
        if hold is None:
            return
        right, down, snapping = pointer.x - hold.x, pointer.y - hold.y, self._snapping(pointer)
        if hold.box is None:
            far = max(abs(right), abs(down)) > pointer.reach
            start, end = (hold.x, hold.y), (pointer.x, pointer.y)
            self._dragged = drawn(start, end, snapping) if far else None
        elif hold.sides:
            self._dragged = resized(hold.box, hold.sides, right, down, snapping)
        else:
            self._dragged = moved(hold.box, right, down, snapping)

    def release(self, pointer: Pointer) -> None:
        if self._hold is None:
            return
        if (pointer.x, pointer.y) != (self._hold.x, self._hold.y):
            self.drag(pointer)
        box, before = self._dragged, self._hold.box
        self._hold = self._dragged = None
        if box is not None and box != before:
            self.session.working_area.choose(box)

    def hover(self, pointer: Pointer) -> None:
        box = self._box
        cross = Qt.CursorShape.CrossCursor
        self.cursor = cross if box is None else handles.cursor_at(_rect(box), pointer, cross)

    def double_click(self, pointer: Pointer) -> None:
        self.cancel()
        self.session.working_area.reset()

    def escape(self) -> bool:
        if self.cancel():
            return True
        chosen = self.document.content.working_area is not None
        self.session.working_area.reset()
        return chosen

    def cancel(self) -> bool:
        begun = self._hold is not None
        self._hold = self._dragged = None
        return begun

    def overlay(self) -> QRectF:
        box = self._box
        return QRectF() if box is None else _rect(box)

    def label_px(self) -> int:
        return outline.LABEL_ROOM_PX

    def paint_over(self, painter: QPainter, to_widget: QTransform) -> None:
        box = self._box
        if box is None or self.session.inpainting.is_showing:
            return
        paint_area(painter, box, to_widget)
        outline.draw_handles(painter, handles.points(_rect(box), to_widget))
        chosen = self._dragged is not None or self.document.content.working_area is not None
        words = f"{box.size} px" if chosen else f"{box.size} px, automatic"
        outline.draw_label(painter, to_widget.mapRect(_rect(box)), words)

    @property
    def _box(self) -> Box | None:
        return self._dragged or self.session.working_area.box

    def _snapping(self, pointer: Pointer) -> Snapping:
        picture = self.document.content.size
        if pointer.alt or pointer.control:
            return Snapping(picture, least_px=MIN_SIDE_PX)
        columns, rows = [0, picture.width], [0, picture.height]
        if (padded := self.session.working_area.automatic) is not None:
            columns += [padded.x, padded.right]
            rows += [padded.y, padded.bottom]
        return Snapping(
            picture,
            tuple(columns),
            tuple(rows),
            multiple_px=self.session.draft.model.size_multiple_px,
            reach_px=pointer.reach,
            least_px=MIN_SIDE_PX,
        )


def paint_area(painter: QPainter, box: Box, to_widget: QTransform) -> None:
    """The box as a thin frame, whatever tool is in hand."""
    outline.draw_frame(painter, outline.corners(_rect(box), to_widget))


def _rect(box: Box) -> QRectF:
    return QRectF(QPointF(box.x, box.y), QPointF(box.right, box.bottom))
