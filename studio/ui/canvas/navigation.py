"""How dragging and the keyboard move the view of the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

if TYPE_CHECKING:
    from studio.ui.canvas.canvas_view import CanvasView


class Navigation:
    """Turns input events of a canvas into panning. Each method says if it used the event."""

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas
        self._space_down = False
        self._grabbed_at: QPointF | None = None

    @property
    def is_holding(self) -> bool:
        """Whether the view is held, or would be by a press."""
        return self._space_down or self._grabbed_at is not None

    def let_go(self) -> bool:
        """End panning; False when nothing was held."""
        held = self._space_down or self._grabbed_at is not None
        self._space_down = False
        self._grabbed_at = None
        self.show_cursor()
        return held

    def key_press(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space:
            self._space_down = True
            self.show_cursor()
            return True
        if key == Qt.Key.Key_Escape:
            return self.let_go()
        return self._canvas.pan_by_arrow(event)

    def key_release(self, event: QKeyEvent) -> bool:
        if event.key() != Qt.Key.Key_Space or event.isAutoRepeat():
            return False
        self._space_down = False
        self.show_cursor()
        return True

    def mouse_press(self, event: QMouseEvent) -> bool:
        middle = event.button() == Qt.MouseButton.MiddleButton
        left_with_space = event.button() == Qt.MouseButton.LeftButton and self._space_down
        if not (middle or left_with_space):
            return False
        self._grabbed_at = event.position()
        self.show_cursor()
        return True

    def mouse_move(self, event: QMouseEvent) -> bool:
        if self._grabbed_at is None:
            return False
        moved = event.position() - self._grabbed_at
        self._grabbed_at = event.position()
        self._canvas.pan(moved.x(), moved.y())
        return True

    def mouse_release(self, _event: QMouseEvent) -> bool:
        if self._grabbed_at is None:
            return False
        self._grabbed_at = None
        self.show_cursor()
        return True

    def show_cursor(self) -> None:
        """Show what a press would do."""
        if self._grabbed_at is not None:
            self._canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._space_down:
            self._canvas.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._canvas.tool_cursor is not None:
            self._canvas.setCursor(self._canvas.tool_cursor)
        else:
            self._canvas.unsetCursor()
