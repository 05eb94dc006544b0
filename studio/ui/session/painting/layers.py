"""What a person can do with the layers of the document on the canvas; each is one step of undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from psygnal import Signal

from studio.document import BlendMode, Change, Content, Document, Edit, Layer, Target
from studio.document.edits import (
    Transform,
    add_paint_layer,
    apply_layer_mask,
    duplicate_layer,
    flatten_document,
    flip_layer,
    invert_layer_mask,
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
from studio.ui.session.messages import Messages
from studio.ui.session.painting.editing import Editing


class Layers:
    """All of it works on the active layer, unless an id says which. Without a document on the
    canvas, or without a layer, nothing happens.

    Signals:
        target_changed(): painting goes elsewhere, or can, or no longer can, go to a layer's mask.
    """

    target_changed: ClassVar[Signal] = Signal()

    def __init__(self, editing: Editing, messages: Messages) -> None:
        self._editing = editing
        self._messages = messages
        self._followed: Document | None = None
        self._mask_of: str | None = None  # the layer whose own mask was chosen to paint on
        self._told = (self.target, self.has_mask)
        editing.document_changed.connect(self._on_document_changed)
        editing.on_canvas_changed.connect(self._on_target_changed)

    @property
    def document(self) -> Document | None:
        """The document, while the canvas shows it."""
        return self._editing.document if self._editing.is_on_canvas else None

    @property
    def active(self) -> Layer | None:
        """The layer that tools work on."""
        return None if self.document is None else self.document.content.active

    @property
    def has_mask(self) -> bool:
        """Whether the active layer has a mask of its own."""
        return self.active is not None and self.active.mask is not None

    @property
    def target(self) -> Target:
        """What brush, eraser, bucket and fill change: the active layer, or its own mask."""
        chosen = self.has_mask and self.active is not None and self.active.id == self._mask_of
        return Target.LAYER_MASK if chosen else Target.LAYER

    @property
    def can_merge_down(self) -> bool:
        """Whether there is a layer below the active one."""
        document, active = self.document, self.active
        return document is not None and active is not None and document.content.index(active.id) > 0

    def activate(self, layer_id: str) -> None:
        """Choose the layer that tools work on; if it is another one, its picture."""
        if self.document is not None and layer_id != self.document.content.active_id:
            self._mask_of = None
            self.document.activate(layer_id)

    def paint_on(self, target: Target) -> None:
        """Choose between the active layer's picture and its own mask."""
        on_mask = target is Target.LAYER_MASK and self.active is not None
        self._mask_of = self.active.id if on_mask and self.active is not None else None
        self._on_target_changed()

    def toggle_target(self) -> None:
        """Paint on the active layer's own mask, or on its picture again."""
        on_picture = self.target is Target.LAYER
        self.paint_on(Target.LAYER_MASK if on_picture else Target.LAYER)

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
        """The document's mask becomes the layer's own: the rest of the layer is hidden. Without
        one, a white mask that hides nothing yet. It is painted on from now on."""
        self._do(mask_layer)
        self.paint_on(Target.LAYER_MASK)

    def invert_mask(self) -> None:
        """Show what the layer's own mask hid, and hide the rest."""
        self._do(invert_layer_mask)

    def apply_mask(self) -> None:
        """Make transparent what the layer's own mask hides, and let go of the mask."""
        self._do(apply_layer_mask)

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

    def _on_document_changed(self) -> None:
        if self._followed is not None:
            self._followed.changed.disconnect(self._on_changed)
        self._followed = self._editing.document
        if self._followed is not None:
            self._followed.changed.connect(self._on_changed)
        self._on_target_changed()

    def _on_changed(self, change: Change) -> None:
        if change.active or change.layers:
            self._on_target_changed()

    def _on_target_changed(self) -> None:
        now = (self.target, self.has_mask)
        if now != self._told:
            self._told = now
            self.target_changed.emit()
