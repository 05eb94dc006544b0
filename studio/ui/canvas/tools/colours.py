"""Tools for colour: the picker takes one from the picture, the bucket pours one out."""

from __future__ import annotations

from studio.document.edits import add_paint_layer, fill_area
from studio.document.rendering.composite import flatten_layers
from studio.document.selection.similar import similar_area
from studio.domain.geometry import Box
from studio.ui.canvas.tools.tool import Pointer, Tool


class PickerTool(Tool):
    """Takes the colour under the pointer as the foreground, with Alt as the background."""

    def press(self, pointer: Pointer) -> None:
        self.drag(pointer)

    def drag(self, pointer: Pointer) -> None:
        if not pointer.is_within(self.document.size):
            return
        place = Box(int(pointer.x), int(pointer.y), 1, 1)
        red, green, blue, alpha = flatten_layers(self.document.content.layers, place)[0, 0].tolist()
        if alpha == 0:
            return
        if pointer.alt:
            self.session.tools.background = (red, green, blue)
        else:
            self.session.tools.foreground = (red, green, blue)


class BucketTool(Tool):
    """Pours the foreground colour over what looks like the place under the pointer, on the layer or
    on its own mask; what lies outside the document's mask, if there is one, stays."""

    def press(self, pointer: Pointer) -> None:
        if not pointer.is_within(self.document.size):
            return
        document, tools = self.document, self.session.tools
        if document.content.active is None:
            document.do(add_paint_layer(document.content))
        content = document.content
        drawn = similar_area(
            lambda box: flatten_layers(content.layers, box),
            document.size,
            int(pointer.x),
            int(pointer.y),
            tools.tolerance,
            contiguous=tools.contiguous,
        )
        cover = drawn.mask
        if content.mask.count:
            inside = content.mask.read(drawn.box)
            cover = (cover.astype("uint16") * inside // 255).astype("uint8")
        target = self.session.layers.target
        document.do(fill_area(content, drawn.box, cover, tools.foreground, target))
