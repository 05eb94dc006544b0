"""Tools that select: rectangle, ellipse, lasso, polygon, and similar colours."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QTransform

from studio.document.edits import join_mask
from studio.document.rendering.composite import flatten_layers
from studio.document.selection.coverage import Combine, Coverage
from studio.document.selection.shapes import Point, ellipse, polygon, rectangle
from studio.document.selection.similar import similar_area
from studio.ui.canvas.tools import outline
from studio.ui.canvas.tools.tool import Pointer, Tool
from studio.ui.session import ToolName

NAMES = {Combine.ADD: "Add to mask", Combine.SUBTRACT: "Take from mask"}


class SelectTool(Tool):
    """Joins what is selected to the document's mask: Shift adds, Alt takes away, both keep what is
    in the two."""

    _mode = Combine.REPLACE

    def press(self, pointer: Pointer) -> None:
        self._mode = {
            (True, False): Combine.ADD,
            (False, True): Combine.SUBTRACT,
            (True, True): Combine.INTERSECT,
        }.get((pointer.shift, pointer.alt), Combine.REPLACE)

    def _select(self, drawn: Coverage | None) -> None:
        name = NAMES.get(self._mode, "Select")
        self.document.do(join_mask(self.document.content, drawn, self._mode, name))


class ShapeTool(SelectTool):
    """A rectangle or an ellipse between two corners; Shift while dragging makes it even-sided. A
    click without dragging selects nothing, and so clears the mask."""

    _start: Point | None = None
    _end: Point = (0.0, 0.0)
    _held_shift = False

    def press(self, pointer: Pointer) -> None:
        super().press(pointer)
        self._held_shift = pointer.shift
        self._start = self._end = (pointer.x, pointer.y)

    def drag(self, pointer: Pointer) -> None:
        if self._start is None:
            return
        x, y = pointer.x - self._start[0], pointer.y - self._start[1]
        # Shift held since the press means adding.
        if pointer.shift and not self._held_shift:
            side = max(abs(x), abs(y))
            x, y = (side if x >= 0 else -side), (side if y >= 0 else -side)
        self._end = self._start[0] + x, self._start[1] + y

    def release(self, pointer: Pointer) -> None:
        if self._start is not None:
            self.drag(pointer)
            draw = ellipse if self.name is ToolName.ELLIPSE else rectangle
            self._select(draw(self._start, self._end, self.document.size))
            self._start = None

    def cancel(self) -> bool:
        begun, self._start = self._start is not None, None
        return begun

    def overlay(self) -> QRectF:
        return QRectF() if self._start is None else outline.rectangle(self._start, self._end)

    def paint_over(self, painter: QPainter, to_widget: QTransform) -> None:
        if self._start is None:
            return
        box = outline.rectangle(self._start, self._end)
        if self.name is ToolName.RECTANGLE:
            outline.draw_polygon(painter, outline.corners(box, to_widget))
        else:
            outline.draw_ellipse(painter, box, to_widget)


class LassoTool(SelectTool):
    """A line drawn by hand around what is selected."""

    _points: tuple[Point, ...] = ()

    def press(self, pointer: Pointer) -> None:
        super().press(pointer)
        self._points = ((pointer.x, pointer.y),)

    def drag(self, pointer: Pointer) -> None:
        if self._points:
            self._points += ((pointer.x, pointer.y),)

    def release(self, pointer: Pointer) -> None:
        if self._points:
            self.drag(pointer)
            self._select(polygon(self._points, self.document.size))
            self._points = ()

    def cancel(self) -> bool:
        begun, self._points = bool(self._points), ()
        return begun

    def overlay(self) -> QRectF:
        return _around(self._points)

    def paint_over(self, painter: QPainter, to_widget: QTransform) -> None:
        if self._points:
            outline.draw_polygon(painter, _mapped(self._points, to_widget), closed=False)


class PolygonTool(SelectTool):
    """Corners clicked one after the other; a double click, Enter, or a click on the first corner
    closes the polygon."""

    _corners: tuple[Point, ...] = ()
    _next: Point | None = None

    def press(self, pointer: Pointer) -> None:
        if not self._corners:
            super().press(pointer)
        elif len(self._corners) > 2 and _is_near(pointer, self._corners[0]):
            self.commit()
            return
        self._corners += ((pointer.x, pointer.y),)
        self._next = (pointer.x, pointer.y)

    def drag(self, pointer: Pointer) -> None:
        self.hover(pointer)

    def hover(self, pointer: Pointer) -> None:
        if self._corners:
            self._next = (pointer.x, pointer.y)

    def double_click(self, pointer: Pointer) -> None:
        self.commit()

    def commit(self) -> bool:
        if len(self._corners) < 3:
            return False
        self._select(polygon(self._corners, self.document.size))
        return self.cancel()

    def cancel(self) -> bool:
        begun = bool(self._corners)
        self._corners, self._next = (), None
        return begun

    def overlay(self) -> QRectF:
        return _around(self._line())

    def paint_over(self, painter: QPainter, to_widget: QTransform) -> None:
        if self._corners:
            outline.draw_polygon(painter, _mapped(self._line(), to_widget), closed=False)
            outline.draw_handles(painter, _mapped(self._corners[:1], to_widget))

    def _line(self) -> tuple[Point, ...]:
        return self._corners if self._next is None else (*self._corners, self._next)


class WandTool(SelectTool):
    """A click selects what looks like the place under it."""

    def press(self, pointer: Pointer) -> None:
        super().press(pointer)
        x, y = int(pointer.x // 1), int(pointer.y // 1)
        if not pointer.is_within(self.document.size):
            return
        layers, tools = self.document.content.layers, self.session.tools
        self._select(
            similar_area(
                lambda box: flatten_layers(layers, box),
                self.document.size,
                x,
                y,
                tools.tolerance,
                contiguous=tools.contiguous,
            )
        )


def _is_near(pointer: Pointer, point: Point) -> bool:
    return max(abs(pointer.x - point[0]), abs(pointer.y - point[1])) <= pointer.reach


def _around(points: Sequence[Point]) -> QRectF:
    if not points:
        return QRectF()
    xs, ys = [x for x, _ in points], [y for _, y in points]
    # Never null, though all points may lie on a line.
    return QRectF(min(xs), min(ys), max(xs) - min(xs) + 1, max(ys) - min(ys) + 1)


def _mapped(points: Sequence[Point], to_widget: QTransform) -> list[QPointF]:
    return [to_widget.map(QPointF(x, y)) for x, y in points]
