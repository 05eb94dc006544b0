"""What a person can do with the layers of the document on the canvas; each is one step of undo."""

from __future__ import annotations

from collections.abc import Callable

from studio.document import BlendMode, Content, Document, Edit, Layer
from studio.document.edits import (
    Transform,
    add_paint_layer,
    duplicate_layer,
    flatten_document,
    flip_layer,
    mask_layer,
    merge_down,
    move_in_order,
    remove_layer,
    rename_layer,
    set_blend_mode,
    set_layer_mask,
    set_opacity,
    set_visible,
    transform_layer,
)
from studio.domain.errors import StudioError
from studio.ui.session.editing import Editing
from studio.ui.session.messages import Messages


class Layers:
    """All of it works on the active layer, unless an id says which. Without a document on the
    canvas, or without a layer, nothing happens."""

    def __init__(self, editing: Editing, messages: Messages) -> None:
        self._editing = editing
        self._messages = messages

    @property
    def document(self) -> Document | None:
        """The document, while the canvas shows it."""
        return self._editing.document if self._editing.is_on_canvas else None

    @property
    def active(self) -> Layer | None:
        """The layer that tools work on."""
        return None if self.document is None else self.document.content.active

    @property
    def can_merge_down(self) -> bool:
        """Whether there is a layer below the active one."""
        document, active = self.document, self.active
        return document is not None and active is not None and document.content.index(active.id) > 0

    def activate(self, layer_id: str) -> None:
        """Choose the layer that tools work on."""
        if self.document is not None:
            self.document.activate(layer_id)

    def add(self) -> None:
        """A transparent layer above the active one."""
        if self.document is not None:
            self.document.do(add_paint_layer(self.document.content))

    def duplicate(self) -> None:
        """The active layer once more, above it."""
        self._do(duplicate_layer)

    def remove(self) -> None:
        """Without the active layer."""
        self._do(remove_layer)

    def merge_down(self) -> None:
        """The active layer and the one below it as one."""
        if self.can_merge_down:
            self._do(merge_down)

    def flatten(self) -> None:
        """All that is seen as one layer."""
        self._do(lambda content, _: flatten_document(content))

    def move_up(self) -> None:
        """One place nearer to the top."""
        self._do(lambda content, it: move_in_order(content, it, content.index(it) + 1))

    def move_down(self) -> None:
        """One place nearer to the bottom."""
        self._do(lambda content, it: move_in_order(content, it, content.index(it) - 1))

    def move_to(self, layer_id: str, place: int) -> None:
        """To a place among the layers, 0 is the lowest."""
        self._do(lambda content, it: move_in_order(content, it, place), layer_id)

    def rename(self, layer_id: str, name: str) -> None:
        """Give a layer another name; an empty one changes nothing."""
        if name.strip():
            self._do(lambda content, it: rename_layer(content, it, name.strip()), layer_id)

    def set_visible(self, layer_id: str, visible: bool) -> None:
        """Show or hide a layer."""
        self._do(lambda content, it: set_visible(content, it, visible), layer_id)

    def set_opacity(self, opacity: float) -> None:
        """0 to 1. Until `end_slider` all of them are one step."""
        self._do(lambda content, it: set_opacity(content, it, opacity))

    def end_slider(self) -> None:
        """A slider was let go: the next change is a step of its own."""
        if self.document is not None:
            self.document.log.end_merging()

    def set_blend_mode(self, mode: BlendMode) -> None:
        """How the active layer mixes with those below."""
        self._do(lambda content, it: set_blend_mode(content, it, mode))

    def mask(self) -> None:
        """The document's mask becomes the layer's own: the rest of the layer is hidden."""
        self._do(mask_layer)

    def remove_mask(self) -> None:
        """Show all of the layer."""
        self._do(lambda content, it: set_layer_mask(content, it, None))

    def flip(self, *, vertically: bool = False) -> None:
        """Mirror the layer, left to right or upside down."""
        self._do(lambda content, it: flip_layer(content, it, vertically))

    def rotate(self, degrees: float) -> None:
        """Turn the layer clockwise about its middle."""
        self._do(lambda content, it: transform_layer(content, it, Transform(degrees=degrees)))

    def _do(self, make: Callable[[Content, str], Edit], layer_id: str | None = None) -> None:
        document = self.document
        wanted = layer_id or (None if self.active is None else self.active.id)
        if document is None or wanted is None:
            return
        try:
            document.do(make(document.content, wanted))
        except StudioError as error:
            self._messages.tell(error)
