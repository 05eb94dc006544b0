"""A document being edited: layers, mask, working area and prompt, with undo and signals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar
from weakref import ref

from psygnal import Signal

from studio.document.change import Change, difference
from studio.document.content import Content
from studio.document.edit_log import Edit, EditLog
from studio.document.layer import Layer, LayerKind
from studio.document.tiles import TiledImage
from studio.domain.events import Pixels
from studio.domain.geometry import Size


class Document:
    """What the artist works on.

    `content` is what has been done. `shown` is what is seen: while a stroke is painted or a layer
    dragged, a preview of the next content, and above it the overlays, such as a picture that is
    just being generated. Contents never change in themselves (only the tiles that a running stroke
    has copied do): every edit puts another content in its place, and `changed` says what differs.

    `sources` are the pictures that it was made of last, by the digests of their pixels: the one it
    was opened from, then what was painted over all of it.

    Signals:
        changed(Change): what is seen differs; never sent when nothing does.
        edited(): `content` is another one: to be journalled, no longer saved.
        named(): `name` or `path` changed.
    """

    changed: ClassVar[Signal] = Signal(Change)
    edited: ClassVar[Signal] = Signal()
    named: ClassVar[Signal] = Signal()

    def __init__(
        self, content: Content, name: str = "", path: Path | None = None, *, is_saved: bool = True
    ) -> None:
        """Args:
        is_saved: False for what lies nowhere yet, such as work recovered after a crash.
        """
        self._content = content
        self._preview: Content | None = None
        self._overlays: tuple[Layer, ...] = ()
        self._shown = content
        # Weak, or it would keep tiles that the log has dropped.
        self._saved: Callable[[], Content | None] = ref(content) if is_saved else _nothing
        self._name = name
        self._path = path
        self.log = EditLog()
        self.sources: tuple[str, ...] = ()

    @classmethod
    def blank(cls, size: Size, name: str = "") -> Document:
        """One transparent layer to paint on.

        Raises:
            PictureError: a side is longer than 8192 pixels.
        """
        layer = Layer("Layer 1")
        return cls(Content(size, (layer,), layer.id), name)

    @classmethod
    def of_picture(
        cls, pixels: Pixels, name: str = "", kind: LayerKind = LayerKind.PICTURE, prompt: str = ""
    ) -> Document:
        """A picture (h, w, 3) or (h, w, 4) as the only layer.

        Raises:
            PictureError: a side is longer than 8192 pixels.
        """
        layer = Layer(name or "Picture", TiledImage.of(pixels), kind)
        size = Size(pixels.shape[1], pixels.shape[0])
        return cls(Content(size, (layer,), layer.id, prompt=prompt), name)

    @property
    def content(self) -> Content:
        return self._content

    @property
    def shown(self) -> Content:
        return self._shown

    @property
    def size(self) -> Size:
        return self._shown.size

    @property
    def name(self) -> str:
        return self._name

    @property
    def path(self) -> Path | None:
        """The file it was opened from or saved to; None until then."""
        return self._path

    @property
    def is_modified(self) -> bool:
        """Whether something differs from what was last saved or opened."""
        return self._content is not self._saved()

    def do(self, edit: Edit) -> None:
        """Make an edit that can be undone; a preview ends. Nothing happens if nothing differs."""
        before = self._content
        if difference(before, edit.content).is_empty:
            self.end_preview()
            return
        self.log.add(edit, before)
        self._become(edit.content)

    def undo(self) -> None:
        """Take the last step back; nothing happens if there is none."""
        if (step := self.log.undo()) is not None:
            self._become(step.before)

    def redo(self) -> None:
        """Do again what was taken back last; nothing happens if there is nothing."""
        if (step := self.log.redo()) is not None:
            self._become(step.after)

    def preview(self, content: Content, change: Change | None = None) -> None:
        """Show `content` without doing it; `change` is what differs, if the caller knows."""
        self._preview = content
        self._show(change)

    def repainted(self, change: Change) -> None:
        """What a running stroke copied for its preview has other pixels now."""
        self.changed.emit(change)

    def end_preview(self) -> None:
        """Show what has been done and no more."""
        self._preview = None
        self._show()

    @property
    def overlays(self) -> tuple[Layer, ...]:
        return self._overlays

    def set_overlays(self, layers: tuple[Layer, ...]) -> None:
        """Show these above everything, whatever is done meanwhile; they are no part of `content`,
        can't be undone and aren't saved."""
        self._overlays = layers
        self._show()

    def activate(self, layer_id: str) -> None:
        """Choose the layer that tools work on; can't be undone.

        Raises:
            KeyError: there is no such layer.
        """
        self._content.layer(layer_id)
        if layer_id != self._content.active_id:
            content = replace(self._content, active_id=layer_id)
            if not self.is_modified:
                self._saved = ref(content)
            self._content = content
            self.end_preview()

    def saved_as(self, path: Path, content: Content) -> None:
        """Note that `content` now lies in the file `path`."""
        self._saved = ref(content)
        self._path = path
        self._name = path.stem
        self.named.emit()

    def _become(self, content: Content) -> None:
        self._content = content
        self.end_preview()
        self.edited.emit()

    def _show(self, change: Change | None = None) -> None:
        before = self._shown
        content = self._preview or self._content
        if self._overlays:
            content = replace(content, layers=(*content.layers, *self._overlays))
        self._shown = content
        if change is None:
            change = difference(before, content)
        if not change.is_empty:
            self.changed.emit(change)


def _nothing() -> Content | None:
    return None
