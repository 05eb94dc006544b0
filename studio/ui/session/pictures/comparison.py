"""Before and after, beside each other on the canvas."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from psygnal import Signal

from studio.document import Content, Document, LayerKind
from studio.ui.session.painting.editing import Editing


class Comparison:
    """Whether the canvas shows the document without its newest picture left of a line, and with it
    right of it. `share` is where the line stands: 0 at the left edge of the picture, 1 at the
    right.

    Signals:
        changed(): `is_on` or `share`.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(self, editing: Editing) -> None:
        self.is_on = False
        self.share = 0.5
        self._editing = editing

    @property
    def is_possible(self) -> bool:
        """Whether something on the canvas has a before and an after."""
        document = self._editing.document
        return document is not None and self._editing.is_on_canvas and before(document) is not None

    def toggle(self) -> None:
        """Begin to compare, or end it."""
        self.set_on(not self.is_on)

    def set_on(self, is_on: bool) -> None:
        """Compare, or end it."""
        if is_on != self.is_on:
            self.is_on = is_on
            self.changed.emit()

    def move(self, share: float) -> None:
        """Put the line elsewhere."""
        share = min(max(share, 0.0), 1.0)
        if share != self.share:
            self.share = share
            self.changed.emit()


def before(document: Document) -> Content | None:
    """What a document was like before its newest picture: without what lies over it or, if there is
    nothing, without the topmost generated layer that is seen. None if there is no such."""
    shown, over = document.shown, len(document.overlays)
    layers = shown.layers[: len(shown.layers) - over]
    if not over:
        # The lowest one is no picture of something.
        generated = (
            index
            for index in range(len(layers) - 1, 0, -1)
            if layers[index].kind is LayerKind.GENERATED and layers[index].is_seen
        )
        if (top := next(generated, None)) is None:
            return None
        layers = (*layers[:top], *layers[top + 1 :])
    return replace(shown, layers=layers)
