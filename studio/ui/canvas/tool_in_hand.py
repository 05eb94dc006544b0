"""The tool in hand: turns mouse, pen and keys on the canvas into what the tool does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPointingDevice,
    QTabletEvent,
)

from studio.domain.errors import PictureError
from studio.ui.bindings import Bindings
from studio.ui.canvas.brush_keys import tool_key
from studio.ui.canvas.brush_outline import BrushOutline
from studio.ui.canvas.tools import TOOLS, Pointer, Tool
from studio.ui.canvas.tools.area import AreaTool, paint_area
from studio.ui.session import Session

if TYPE_CHECKING:
    from studio.ui.canvas.canvas_view import CanvasView

NEAR_PX: Final = 8


class ToolInHand(QObject):
    """Holds the one `Tool` that works on the session's document, made when it is first needed.

    Each event method says whether it used the event. Touching a finished picture with a tool opens
    it as a document.
    """

    cursor_changed = Signal()
    finished = Signal()

    def __init__(self, canvas: CanvasView, session: Session) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._session = session
        self._tool: Tool | None = None
        self._is_down = False
        self._outline = BrushOutline(canvas, session.tools)
        self._bindings = bindings = Bindings(self)
        bindings.add(session.tools.events.active, self._on_changed)
        bindings.add(session.editing.document_changed, self._on_changed)
        bindings.add(session.editing.on_canvas_changed, self._on_changed)
        bindings.add(session.tools.events.brushes, self._repaint)
        bindings.add(session.shown.picture_changed, self._repaint)
        bindings.add(session.object_preview.changed, self._repaint)

    @property
    def is_down(self) -> bool:
        """Whether a tool is at work."""
        return self._is_down

    @property
    def cursor(self) -> Qt.CursorShape | None:
        """The cursor over the canvas; None for the usual one."""
        kind = TOOLS[self._session.tools.active].kind
        if kind is None or not self._can_work:
            return None
        return kind.cursor if self._tool is None else self._tool.cursor

    def mouse_press(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        return self._press(self._pointer(event.position(), event.modifiers()))

    def mouse_move(self, event: QMouseEvent) -> bool:
        return self._move(event.position(), self._pointer(event.position(), event.modifiers()))

    def mouse_release(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        return self._release(self._pointer(event.position(), event.modifiers()))

    def mouse_double_click(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton or self._tool is None:
            return False
        pointer = self._pointer(event.position(), event.modifiers())
        used = self._press(pointer)
        if self._tool is not None:
            self._tool.double_click(pointer)
        return used

    def tablet(self, event: QTabletEvent) -> bool:
        """A pen that presses, moves or leaves."""
        pointer = replace(
            self._pointer(event.position(), event.modifiers()),
            pressure=event.pressure(),
            erases=event.pointerType() == QPointingDevice.PointerType.Eraser,
        )
        match event.type():
            case QTabletEvent.Type.TabletPress if event.button() == Qt.MouseButton.LeftButton:
                return self._press(pointer)
            case QTabletEvent.Type.TabletMove:
                return self._move(event.position(), pointer)
            case QTabletEvent.Type.TabletRelease if event.button() == Qt.MouseButton.LeftButton:
                return self._release(pointer)
        return False

    def key_press(self, event: QKeyEvent) -> bool:
        tool = self._tool
        match event.key():
            case Qt.Key.Key_Escape if tool is not None and tool.escape():
                self._is_down = False
                self._canvas.update()
                return True
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if tool is not None and not event.modifiers():
                return tool.commit()
        return tool_key(event, self._session.tools)

    def leave(self) -> None:
        """The pointer left the canvas."""
        self._outline.follow(None)
        if self._tool is not None:
            self._tool.leave()

    def put_down(self) -> None:
        """Take back what isn't finished."""
        if self._tool is not None:
            self._tool.cancel()
        self._tool = None
        self._is_down = False

    def paint_over(self, painter: QPainter) -> None:
        """Draw what the tool shows over the picture, and the brush's outline."""
        painter.save()
        if self._tool is not None:
            self._tool.paint_over(painter, self._canvas.to_widget)
        elif self._can_work:
            kind, size = TOOLS[self._session.tools.active].kind, self._canvas.picture_size
            if kind is not None and size is not None:
                kind.paint_before(painter, size, self._canvas.to_widget)
        self._paint_area(painter)
        self._outline.paint(painter)
        painter.restore()

    def _paint_area(self, painter: QPainter) -> None:
        """The working area that the artist chose stays in view, whatever tool is in hand."""
        document, editing = self._session.editing.document, self._session.editing
        if document is None or not editing.is_on_canvas or isinstance(self._tool, AreaTool):
            return
        inpainting = self._session.inpainting
        if inpainting.is_showing or inpainting.extend:
            return  # candidates are judged without it, and it says nothing of what lies beyond
        if (box := document.content.working_area) is not None:
            paint_area(painter, box, self._canvas.to_widget)

    # Working

    @property
    def _can_work(self) -> bool:
        editing, shown = self._session.editing, self._session.shown
        return editing.is_on_canvas or shown.finished_pixels is not None

    def _press(self, pointer: Pointer) -> bool:
        if TOOLS[self._session.tools.active].kind is None:
            return False
        if not self._session.editing.is_on_canvas and self._session.editing.open_shown() is None:
            self._session.messages.tell(
                PictureError(
                    "There is nothing to paint on yet.", "Generate or open a picture first."
                )
            )
            return True
        tool = self._ready()
        if tool is not None:
            self._is_down = True
            with self._watching():
                tool.press(pointer)
        return True

    def _move(self, position: QPointF, pointer: Pointer) -> bool:
        self._outline.follow(position if self._can_work else None)
        if self._tool is None:
            return False
        with self._watching():
            if self._is_down:
                self._tool.drag(pointer)
            else:
                before = self._tool.cursor
                self._tool.hover(pointer)
                if self._tool.cursor != before:
                    self.cursor_changed.emit()
        return self._is_down

    def _release(self, pointer: Pointer) -> bool:
        if not self._is_down or self._tool is None:
            return False
        self._is_down = False
        with self._watching():
            self._tool.release(pointer)
        self.finished.emit()
        return True

    def _ready(self) -> Tool | None:
        """The tool for the active name and the present document."""
        document, name = self._session.editing.document, self._session.tools.active
        kind = TOOLS[name].kind
        if document is None or kind is None:
            return None
        if self._tool is None:
            self._tool = kind(self._session, document, name)
        return self._tool

    def _watching(self) -> _Watching:
        return _Watching(self._canvas, self._tool)

    def _pointer(self, position: QPointF, modifiers: Qt.KeyboardModifier) -> Pointer:
        place = self._canvas.from_widget.map(position)
        return Pointer(
            place.x(),
            place.y(),
            shift=bool(modifiers & Qt.KeyboardModifier.ShiftModifier),
            alt=bool(modifiers & Qt.KeyboardModifier.AltModifier),
            control=bool(modifiers & Qt.KeyboardModifier.ControlModifier),
            reach=NEAR_PX / self._canvas.scale,
        )

    def _repaint(self) -> None:
        self._canvas.update()

    def _on_changed(self) -> None:
        self.put_down()
        if self._session.editing.is_on_canvas:
            self._ready()
        self._canvas.update()
        self.cursor_changed.emit()


class _Watching:
    """Repaints what a tool draws over the picture, before and after it moved."""

    def __init__(self, canvas: CanvasView, tool: Tool | None) -> None:
        self._canvas = canvas
        self._tool = tool

    def __enter__(self) -> None:
        self._update()

    def __exit__(self, *_: object) -> None:
        self._update()

    def _update(self) -> None:
        if self._tool is not None and not (covered := self._tool.overlay()).isNull():
            place = self._canvas.to_widget.mapRect(covered)
            room = NEAR_PX + 2 + self._tool.label_px()
            self._canvas.update(place.adjusted(-room, -room, room, room).toAlignedRect())
