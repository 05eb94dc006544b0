"""Move, scale and turn the active layer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import atan2, degrees, hypot

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QTransform

from studio.document import Edit, Layer
from studio.document.edits import Transform, move_layer, transform_layer
from studio.domain.errors import PictureError, StudioError
from studio.ui.canvas.tools import outline
from studio.ui.canvas.tools.tool import Pointer, Tool

QUARTER_STEPS_DEG = 15
LEAST_SCALE = 0.01


class _Grip(Enum):
    MOVE = "move"
    SCALE = "scale"
    TURN = "turn"


@dataclass(frozen=True, slots=True)
class _Hold:
    """What was held where when the pointer went down."""

    grip: _Grip
    layer: Layer
    box: QRectF
    x: float
    y: float


class MoveTool(Tool):
    """Inside the layer's box it moves, at a corner it scales (Shift: freely), around it it turns
    (Shift: in steps). The layer is shown as it will be; one edit when the pointer goes up."""

    cursor = Qt.CursorShape.SizeAllCursor

    _hold: _Hold | None = None
    _edit: Edit | None = None

    def press(self, pointer: Pointer) -> None:
        layer = self.document.content.active
        if layer is None:
            self.session.messages.tell(
                PictureError("There is no layer to move.", "Add one in the layers panel.")
            )
            return
        box = self._box(layer)
        self._hold = _Hold(_grip(box, pointer), layer, box, pointer.x, pointer.y)

    def drag(self, pointer: Pointer) -> None:
        if self._hold is None:
            return
        try:
            self._edit = self._changed(self._hold, pointer)
        except StudioError:
            return  # too large: it stays as large as it could become
        self.document.preview(self._edit.content)

    def release(self, pointer: Pointer) -> None:
        self.drag(pointer)
        if self._edit is not None:
            self.document.do(self._edit)
        self._hold = self._edit = None

    def cancel(self) -> bool:
        begun = self._hold is not None
        self._hold = self._edit = None
        if begun:
            self.document.end_preview()
        return begun

    def overlay(self) -> QRectF:
        layer = self.document.shown.active
        return QRectF() if layer is None else self._box(layer)

    def paint_over(self, painter: QPainter, to_widget: QTransform) -> None:
        box = self.overlay()
        if not box.isEmpty():
            corners = outline.corners(box, to_widget)
            outline.draw_polygon(painter, corners)
            outline.draw_handles(painter, corners)

    def _changed(self, hold: _Hold, pointer: Pointer) -> Edit:
        content, layer = self.document.content, hold.layer
        x, y = pointer.x - hold.x, pointer.y - hold.y
        match hold.grip:
            case _Grip.MOVE:
                if pointer.shift:  # along one axis
                    x, y = (x, 0) if abs(x) > abs(y) else (0, y)
                return move_layer(content, layer.id, layer.x + round(x), layer.y + round(y))
            case _Grip.SCALE:
                return transform_layer(content, layer.id, _scaling(hold, pointer))
            case _Grip.TURN:
                middle = hold.box.center()
                turned = degrees(
                    atan2(pointer.y - middle.y(), pointer.x - middle.x())
                    - atan2(hold.y - middle.y(), hold.x - middle.x())
                )
                if pointer.shift:
                    turned = round(turned / QUARTER_STEPS_DEG) * QUARTER_STEPS_DEG
                return transform_layer(content, layer.id, Transform(degrees=turned))

    @staticmethod
    def _box(layer: Layer) -> QRectF:
        """What is on the layer, in the document's pixels."""
        bounds = layer.image.bounds()
        return QRectF(bounds.x + layer.x, bounds.y + layer.y, bounds.width, bounds.height)


def _grip(box: QRectF, pointer: Pointer) -> _Grip:
    corners = (box.topLeft(), box.topRight(), box.bottomRight(), box.bottomLeft())
    if any(
        hypot(corner.x() - pointer.x, corner.y() - pointer.y) <= 1.5 * pointer.reach
        for corner in corners
    ):
        return _Grip.SCALE
    return _Grip.MOVE if box.contains(QPointF(pointer.x, pointer.y)) else _Grip.TURN


def _scaling(hold: _Hold, pointer: Pointer) -> Transform:
    """The corner follows the pointer, the opposite one stays."""
    box = hold.box
    fixed_x = box.left() if hold.x > box.center().x() else box.right()
    fixed_y = box.top() if hold.y > box.center().y() else box.bottom()
    scale_x = max(LEAST_SCALE, (pointer.x - fixed_x) / (hold.x - fixed_x))
    scale_y = max(LEAST_SCALE, (pointer.y - fixed_y) / (hold.y - fixed_y))
    if not pointer.shift:
        scale_x = scale_y = max(scale_x, scale_y)
    # Layers scale about their middle; so much does that move when the fixed corner stays.
    middle = box.center()
    return Transform(
        scale_x,
        scale_y,
        x=(fixed_x - middle.x()) * (1 - scale_x),
        y=(fixed_y - middle.y()) * (1 - scale_y),
    )
