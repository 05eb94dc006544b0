"""A document being edited: layers, mask, working area and prompt, with undo and signals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from psygnal import Signal

from studio.document.change import Change, difference
from studio.document.content import Content
from studio.document.edit_log import MEMORY_BYTES, Edit, EditLog
from studio.document.layer import Layer, LayerKind
from studio.document.tiles import TiledImage
from studio.domain.events import Pixels
from studio.domain.geometry import Size


class Document:
    """What the artist works on.

    `content` is what has been done; `shown` is what is seen, which while a stroke is painted or a
    layer dragged is a preview of the next content. Both never change in themselves (only the tiles
    of a running stroke do, in `shown`): every edit puts another content in their place, and
    `changed` says what differs.

    Signals:
        changed(Change): what is seen differs; never sent when nothing does.
        edited(): `content` is another one: to be journalled, no longer saved.
        named(): `name` or `path` changed.
    """

    changed: ClassVar[Signal] = Signal(Change)
    edited: ClassVar[Signal] = Signal()
    named: ClassVar[Signal] = Signal()

    def __init__(
        self,
        content: Content,
        name: str = "",
        path: Path | None = None,
        undo_memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._content = content
        self._shown = content
        self._saved: Content | None = content
        self._name = name
        self._path = path
        self.log = EditLog(undo_memory_bytes)

    @classmethod
    def blank(cls, size: Size, name: str = "") -> Document:
        """One transparent layer to paint on."""
        layer = Layer("Layer 1")
        return cls(Content(size, (layer,), layer.id), name)

    @classmethod
    def of_picture(
        cls, pixels: Pixels, name: str = "", kind: LayerKind = LayerKind.PICTURE, prompt: str = ""
    ) -> Document:
        """A picture (h, w, 3) or (h, w, 4) as the only layer.

        Raises:
            ValueError: a side is longer than 8192 pixels.
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
        return self._content is not self._saved

    def do(self, edit: Edit) -> None:
        """Make an edit that can be undone; a preview ends. Nothing happens if nothing differs."""
        before = self._content
        if difference(before, edit.content).is_empty:
            self._show(before)
            return
        self._content = edit.content
        self.log.add(edit, before)
        self._show(edit.content)
        self.edited.emit()

    def undo(self) -> None:
        """Take the last step back; nothing happens if there is none."""
        if (step := self.log.undo()) is not None:
            self._become(step.before)

    def redo(self) -> None:
        """Do again what was taken back last."""
        if (step := self.log.redo()) is not None:
            self._become(step.after)

    def preview(self, content: Content, change: Change | None = None) -> None:
        """Show `content` without doing it; `change` is what differs, if the caller knows."""
        self._show(content, change)

    def end_preview(self) -> None:
        """Show what has been done and no more."""
        self._show(self._content)

    def activate(self, layer_id: str) -> None:
        """Choose the layer that tools work on. No step of its own.

        Raises:
            KeyError: there is no such layer.
        """
        self._content.layer(layer_id)
        if layer_id != self._content.active_id:
            saved = not self.is_modified
            self._content = replace(self._content, active_id=layer_id)
            self._saved = self._content if saved else self._saved
            self._show(self._content)

    def saved_as(self, path: Path, content: Content) -> None:
        """Note that `content` now lies in the file `path`."""
        self._saved = content
        self._path = path
        self._name = path.stem
        self.named.emit()

    def _become(self, content: Content) -> None:
        self._content = content
        self._show(content)
        self.edited.emit()

    def _show(self, content: Content, change: Change | None = None) -> None:
        if change is None:
            change = difference(self._shown, content)
        self._shown = content
        if not change.is_empty:
            self.changed.emit(change)
