"""Brush and eraser, on the layer, on its own mask and on the document's mask."""

from __future__ import annotations

from PySide6.QtCore import Qt

from studio.document import Document, Stroke, StrokePoint, Target
from studio.document.edits import add_paint_layer
from studio.document.painting.brush import Stamps
from studio.domain.errors import StudioError
from studio.ui.canvas.tools.tool import Pointer, Tool
from studio.ui.session import Session, ToolName

MASKING = (ToolName.MASK_BRUSH, ToolName.MASK_ERASER)
ERASING = (ToolName.ERASER, ToolName.MASK_ERASER)


class PaintTool(Tool):
    """Paints strokes; with Shift, a straight line from where the last one ended."""

    cursor = Qt.CursorShape.BlankCursor

    _stroke: Stroke | None = None
    _last: StrokePoint | None = None

    def __init__(self, session: Session, document: Document, name: ToolName) -> None:
        super().__init__(session, document, name)
        self._stamps = Stamps()

    def press(self, pointer: Pointer) -> None:
        point = StrokePoint(pointer.x, pointer.y, pointer.pressure)
        try:
            self._stroke = self._begin(pointer)
        except StudioError as error:
            self.session.messages.tell(error)
            return
        if pointer.shift and self._last is not None:
            self._stroke.extend([self._last, point])
        else:
            self._stroke.extend([point])

    def drag(self, pointer: Pointer) -> None:
        if self._stroke is not None:
            self._stroke.extend([StrokePoint(pointer.x, pointer.y, pointer.pressure)])

    def release(self, pointer: Pointer) -> None:
        if self._stroke is not None:
            self._stroke.finish()
            self._stroke = None
            self._last = StrokePoint(pointer.x, pointer.y, pointer.pressure)

    def cancel(self) -> bool:
        if self._stroke is None:
            return False
        self._stroke.cancel()
        self._stroke = None
        return True

    def _begin(self, pointer: Pointer) -> Stroke:
        tools, document = self.session.tools, self.document
        masking = self.name in MASKING
        if not masking and document.content.active is None:
            document.do(add_paint_layer(document.content))
        return Stroke(
            document,
            tools.brushes[self.name],
            Target.MASK if masking else self.session.layers.target,
            tools.foreground,
            erase=pointer.erases or self.name in ERASING,
            stamps=self._stamps,
        )
