"""The document's layers as a list for Qt, topmost first."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from studio.document import BlendMode, Document, Layer, Target
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_tooltip
from studio.ui.session import Session

Index = QModelIndex | QPersistentModelIndex

BLEND_NAMES: Final = {
    BlendMode.NORMAL: "Normal",
    BlendMode.MULTIPLY: "Multiply",
    BlendMode.SCREEN: "Screen",
    BlendMode.OVERLAY: "Overlay",
    BlendMode.DARKEN: "Darken",
    BlendMode.LIGHTEN: "Lighten",
    BlendMode.COLOR_DODGE: "Colour dodge",
    BlendMode.COLOR_BURN: "Colour burn",
    BlendMode.HARD_LIGHT: "Hard light",
    BlendMode.SOFT_LIGHT: "Soft light",
    BlendMode.DIFFERENCE: "Difference",
}


class LayersModel(QAbstractListModel):
    """Follows the document on the canvas; edits go through `session.layers`. Empty without one."""

    PIXELS: ClassVar[list[int]] = [int(Qt.ItemDataRole.DecorationRole)]

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._document: Document | None = None
        self._layers: tuple[Layer, ...] = ()
        self._bindings = Bindings(self)
        self._bindings.add(session.editing.document_changed, self._on_document_changed)
        self._bindings.add(session.editing.on_canvas_changed, self._on_document_changed)
        self._on_document_changed()

    @property
    def document(self) -> Document | None:
        return self._document

    def layer(self, index: Index) -> Layer | None:
        """The layer in a row; None for an index of none."""
        return self._layers[index.row()] if 0 <= index.row() < len(self._layers) else None

    def active_index(self) -> QModelIndex:
        """Where the layer is that tools work on."""
        active_id = None if self._document is None else self._document.content.active_id
        for row, layer in enumerate(self._layers):
            if layer.id == active_id:
                return self.index(row)
        return QModelIndex()

    def describe(self, layer: Layer) -> str:
        """What isn't as usual about a layer, such as "Multiply, 60 %"."""
        parts = []
        if layer.blend_mode is not BlendMode.NORMAL:
            parts.append(BLEND_NAMES[layer.blend_mode])
        if layer.opacity < 1:
            parts.append(f"{layer.opacity * 100:.0f} %")
        return ", ".join(parts)

    def painted_on(self, layer: Layer) -> Target | None:
        """What painting changes of a layer: its picture or its mask; None if it isn't active."""
        layers = self._session.layers
        return layers.target if layers.active is layer else None

    # Qt's side

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's name
        return 0 if parent.isValid() else len(self._layers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        layer = self.layer(index)
        if layer is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return layer.name
            case Qt.ItemDataRole.ToolTipRole:
                tip = f"{layer.name}\nF2 or a double click renames it"
                if layer.mask is not None:
                    tip += "\nA click on the picture or on the mask chooses what is painted on"
                return plain_tooltip(tip)
            case Qt.ItemDataRole.AccessibleTextRole:
                seen = "visible" if layer.visible else "hidden"
                parts = [layer.name, seen, self.describe(layer)]
                if layer.mask is not None:
                    parts.append("masked")
                if self.painted_on(layer) is Target.LAYER_MASK:
                    parts.append("painting on the mask")
                return ", ".join(filter(None, parts))
        return None

    def setData(  # noqa: N802 - Qt's name
        self,
        index: Index,
        value: Any,
        role: int = Qt.ItemDataRole.EditRole,
    ) -> bool:
        layer = self.layer(index)
        if layer is None or role != Qt.ItemDataRole.EditRole:
            return False
        self._session.layers.rename(layer.id, str(value))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            # Rows are dropped between others, never onto one.
            return Qt.ItemFlag.ItemIsDropEnabled
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled

    def supportedDropActions(self) -> Qt.DropAction:  # noqa: N802 - Qt's name
        return Qt.DropAction.MoveAction

    def moveRows(  # noqa: N802 - Qt's name
        self,
        source: Index,
        row: int,
        count: int,
        parent: Index,
        before: int,
    ) -> bool:
        """Take one layer to the place before another row."""
        if count != 1 or not 0 <= row < len(self._layers) or before in (row, row + 1):
            return False
        rest = before - 1 if before > row else before
        self._session.layers.move_to(self._layers[row].id, len(self._layers) - 1 - rest)
        return True

    # Slots

    def _on_document_changed(self) -> None:
        document = self._session.layers.document
        if document is self._document:
            return
        if self._document is not None:
            self._bindings.remove(self._document.edited, self._on_edited)
        self._document = document
        if document is not None:
            self._bindings.add(document.edited, self._on_edited)
        self._reload()

    def _on_edited(self) -> None:
        """Say which rows differ; those of untouched layers stay as they are."""
        if self._document is None:
            return
        before, now = self._layers, tuple(reversed(self._document.content.layers))
        if [layer.id for layer in before] != [layer.id for layer in now]:
            self._reload()
            return
        self._layers = now
        for row, (old, new) in enumerate(zip(before, now, strict=True)):
            if old is not new:
                only_pixels = _told(old) == _told(new)
                self.dataChanged.emit(
                    self.index(row), self.index(row), self.PIXELS if only_pixels else []
                )

    def _reload(self) -> None:
        self.beginResetModel()
        document = self._document
        self._layers = () if document is None else tuple(reversed(document.content.layers))
        self.endResetModel()


def _told(layer: Layer) -> tuple[object, ...]:
    """What a row says beside the thumbnail."""
    masked = layer.mask is not None
    return layer.name, layer.visible, layer.opacity, layer.blend_mode, masked
