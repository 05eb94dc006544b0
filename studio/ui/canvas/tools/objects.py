"""Select an object: by a click on it, or a box around it."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QTransform

from studio.document import Area
from studio.document.selection import Combine, Hints
from studio.document.selection.shapes import Point
from studio.ui.canvas.tools import outline
from studio.ui.canvas.tools.selecting import SelectTool
from studio.ui.canvas.tools.tool import Pointer


class ObjectTool(SelectTool):
    """A click selects what is there, a dragged box what is in it. Shift adds to the mask. A click
    with Alt says of the last object: not this; one without on more of it, with Control: this, too.
    """

    _start: Point | None = None
    _end: Point = (0.0, 0.0)
    _hints: Hints | None = None

    def press(self, pointer: Pointer) -> None:
        super().press(pointer)
        self._start = self._end = (pointer.x, pointer.y)

    def drag(self, pointer: Pointer) -> None:
        if self._start is not None:
            self._end = (pointer.x, pointer.y)

    def release(self, pointer: Pointer) -> None:
        if self._start is None:
            return
        self.drag(pointer)
        start, end = self._start, self._end
        self._start = None
        dragged = max(abs(end[0] - start[0]), abs(end[1] - start[1])) > pointer.reach
        if dragged:
            drawn = outline.rectangle(start, end).toAlignedRect()
            area = Area(drawn.left(), drawn.top(), drawn.right() + 1, drawn.bottom() + 1)
            box = area.box(self.document.size)
            hints = None if box is None else Hints(box=box)
        elif not pointer.is_within(self.document.size):
            hints = None
        elif self._hints is not None and (pointer.alt or pointer.control):
            hints = self._refined(self._hints, start, inside=pointer.control)
        else:
            hints = Hints(inside=((start,),))
        if hints is not None:
            self._hints = hints
            mode = Combine.ADD if pointer.shift else Combine.REPLACE
            self.session.objects.select(self.document, hints, mode)

    def cancel(self) -> bool:
        begun, self._start = self._start is not None, None
        return begun

    def overlay(self) -> QRectF:
        return QRectF() if self._start is None else outline.rectangle(self._start, self._end)

    def paint_over(self, painter: QPainter, to_widget: QTransform) -> None:
        if self._start is not None:
            box = outline.rectangle(self._start, self._end)
            outline.draw_polygon(painter, outline.corners(box, to_widget))

    @staticmethod
    def _refined(hints: Hints, point: Point, *, inside: bool) -> Hints:
        if inside:
            return Hints((*hints.inside, (point,)), hints.outside, hints.box)
        return Hints(hints.inside, (*hints.outside, (point,)), hints.box)
