"""What a person can do with the part of the document that the mask covers: copy, cut, fill it."""

from __future__ import annotations

from studio.document import Document
from studio.document.clip import Clip, copied, copied_merged, cut
from studio.document.edits import add_paint_layer, fill_masked
from studio.ui.session.painting.editing import Editing
from studio.ui.session.painting.layers import Layers
from studio.ui.session.painting.tools import Tools


class Clipping:
    """Each change is one step of undo. Without a mask, all of the picture or layer is meant;
    without a document on the canvas nothing happens, and nothing is copied."""

    def __init__(self, editing: Editing, layers: Layers, tools: Tools) -> None:
        self._editing = editing
        self._layers = layers
        self._tools = tools

    @property
    def document(self) -> Document | None:
        """The document, while the canvas shows it."""
        return self._editing.document if self._editing.is_on_canvas else None

    def copied(self, *, merged: bool = False) -> Clip | None:
        """What is seen under the mask; without one the active layer or, `merged`, all that is
        seen. None where that is nothing."""
        if self.document is None:
            return None
        content = self.document.content
        return copied_merged(content) if merged else copied(content)

    def cut(self) -> Clip | None:
        """Take away from the active layer what the mask covers, and return it."""
        if self.document is None or (taken := cut(self.document.content)) is None:
            return None
        clip, edit = taken
        self.document.do(edit)
        return clip

    def fill(self) -> None:
        """The foreground colour on the layer, or as light as it is on the layer's own mask."""
        document = self.document
        if document is None:
            return
        if document.content.active is None:
            document.do(add_paint_layer(document.content))
        colour, target = self._tools.foreground, self._layers.target
        document.do(fill_masked(document.content, colour, target))

    def delete(self) -> None:
        """Make the layer transparent, or hide it by its own mask."""
        if self._layers.active is not None and self.document is not None:
            self.document.do(fill_masked(self.document.content, None, self._layers.target))
