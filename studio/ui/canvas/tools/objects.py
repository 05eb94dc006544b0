"""Select an object: by a click on it, or a box around it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QTransform

from studio.document import Area
from studio.document.selection import Hints
from studio.document.selection.shapes import Point
from studio.ui.canvas.tools import outline
from studio.ui.canvas.tools.selecting import SelectTool
from studio.ui.canvas.tools.tool import Pointer

VEIL_ALPHA: Final = 70


class ObjectTool(SelectTool):
    """A click selects what is there, a dragged box what is in it. Control says of the last object:
    this, too; with Alt: not this. Where a segmenter knows the picture, what a click would select is
    seen beforehand.
    """

    _start: Point | None = None
    _end: Point = (0.0, 0.0)

    def press(self, pointer: Pointer) -> None:
        super().press(pointer)
        self._start = self._end = (pointer.x, pointer.y)
        self.session.object_preview.clear()

    def drag(self, pointer: Pointer) -> None:
        if self._start is not None:
            self._end = (pointer.x, pointer.y)

    def hover(self, pointer: Pointer) -> None:
        if pointer.is_within(self.document.size):
            self.session.object_preview.point_at(self.document, (pointer.x, pointer.y))
        else:
            self.leave()

    def leave(self) -> None:
        self.session.object_preview.clear()

    def release(self, pointer: Pointer) -> None:
        if self._start is None:
            return
        self.drag(pointer)
        start, end = self._start, self._end
        self._start = None
        objects = self.session.objects
        if max(abs(end[0] - start[0]), abs(end[1] - start[1])) > pointer.reach:
            drawn = outline.rectangle(start, end).toAlignedRect()
            area = Area(drawn.left(), drawn.top(), drawn.right() + 1, drawn.bottom() + 1)
            if (box := area.box(self.document.size)) is not None:
                objects.select(self.document, Hints(box=box), self._mode)
        elif not pointer.is_within(self.document.size):
            return
        elif pointer.control:
            objects.correct(self.document, start, inside=not pointer.alt)
        else:
            objects.select(self.document, Hints(inside=((start,),)), self._mode)

    def cancel(self) -> bool:
        self.leave()
        self.session.object_finder.forget()
        begun, self._start = self._start is not None, None
        return begun

    def escape(self) -> bool:
        """A box that is drawn ends; else clicks that still wait for the engine do."""
        return self.cancel() or self.session.objects.stop()

    def overlay(self) -> QRectF:
        return QRectF() if self._start is None else outline.rectangle(self._start, self._end)

    def paint_over(self, painter: QPainter, to_widget: QTransform) -> None:
        if self._start is not None:
            box = outline.rectangle(self._start, self._end)
            outline.draw_polygon(painter, outline.corners(box, to_widget))
        elif self.session.object_preview.lines:
            self._paint_preview(painter, to_widget)

    def _paint_preview(self, painter: QPainter, to_widget: QTransform) -> None:
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.OddEvenFill)
        for line in self.session.object_preview.lines:
            corners = line.tolist()
            path.moveTo(QPointF(*corners[0]))
            for x, y in corners[1:]:
                path.lineTo(x, y)
            path.closeSubpath()
        path = to_widget.map(path)
        veil = QColor(*self.session.tools.mask_colour)
        veil.setAlpha(VEIL_ALPHA)
        painter.fillPath(path, veil)
        outline.frame_path(painter, path)
