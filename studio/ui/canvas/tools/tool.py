"""What every tool of the canvas is: something that a pointer presses, drags and lets go."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QTransform

from studio.document import Document
from studio.domain.geometry import Size
from studio.ui.session import Session, ToolName


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the mouse or pen is, in the document's pixels, and how it is held.

    `pressure` is 0 to 1, 1 for a mouse. `erases` is the eraser end of a pen. `reach` is how many of
    the document's pixels a hand's breadth on the screen covers: what counts as near.
    """

    x: float
    y: float
    pressure: float = 1.0
    shift: bool = False
    alt: bool = False
    control: bool = False
    erases: bool = False
    reach: float = 1.0

    def is_within(self, size: Size) -> bool:
        """Whether it is over a picture of that size."""
        return 0 <= self.x < size.width and 0 <= self.y < size.height


class Tool:
    """Works on one document. The canvas makes a new one when the tool or the document changes.

    A press is followed by any number of drags and a release, or by `cancel`, after which all is as
    it was before the press.
    """

    cursor: Qt.CursorShape = Qt.CursorShape.CrossCursor

    @staticmethod
    def paint_before(painter: QPainter, size: Size, to_widget: QTransform) -> None:
        """Draw what is to be touched first over a picture that isn't a document yet."""

    def __init__(self, session: Session, document: Document, name: ToolName) -> None:
        self.session = session
        self.document = document
        self.name = name

    def press(self, pointer: Pointer) -> None:
        """The pointer went down."""

    def drag(self, pointer: Pointer) -> None:
        """The pointer moved while it is down."""

    def release(self, pointer: Pointer) -> None:
        """The pointer went up."""

    def hover(self, pointer: Pointer) -> None:
        """The pointer moved while it is up."""

    def leave(self) -> None:
        """The pointer left the canvas."""

    def double_click(self, pointer: Pointer) -> None:
        """The pointer went down twice at once; the first press was already told."""

    def commit(self) -> bool:
        """Enter: do what has been prepared. False if there was nothing to do."""
        return False

    def cancel(self) -> bool:
        """The tool is put away: undo what isn't finished. False if nothing was begun."""
        return False

    def escape(self) -> bool:
        """Escape: undo what isn't finished, or what the tool set. False if there was nothing."""
        return self.cancel()

    def overlay(self) -> QRectF:
        """What `paint_over` covers, in the document's pixels; empty for nothing."""
        return QRectF()

    def label_px(self) -> int:
        """How far beyond that words beside it reach, in the widget's units."""
        return 0

    def paint_over(self, painter: QPainter, to_widget: QTransform) -> None:
        """Draw handles and outlines over the picture; `to_widget` maps the document's pixels."""
