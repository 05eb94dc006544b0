"""The list of layers: chosen by a click, renamed in place, put in order by dragging."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QRect, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QMenu, QWidget

from studio.document import Layer, Target
from studio.ui.actions import Action, fill_menu
from studio.ui.bindings import Bindings
from studio.ui.layers.layers_delegate import LayersDelegate
from studio.ui.layers.layers_model import Index, LayersModel
from studio.ui.layers.thumbnails import LayerThumbnails
from studio.ui.session import Session


class LayersView(QListView):
    """F2 or a double click renames, Space shows and hides, Delete removes. A press on the eye shows
    or hides a layer without choosing it; one on its picture or mask chooses what is painted on."""

    def __init__(self, session: Session, model: LayersModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._model = model
        self._thumbnails = LayerThumbnails(self.viewport().update, self)
        self._delegate = LayersDelegate(model, self._thumbnails, self)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Layers")
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDropIndicatorShown(True)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.DoubleClicked
        )
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        model.modelReset.connect(self._on_reset)
        model.dataChanged.connect(self._on_data_changed)
        self._bindings = Bindings(self)
        self._bindings.add(session.layers.target_changed, self._on_target_changed)
        self._on_reset()

    def show_active(self) -> None:
        """Mark the layer that tools work on."""
        active = self._model.active_index()
        if active != self.currentIndex():
            self.setCurrentIndex(active)

    # Slots

    def _on_reset(self) -> None:
        layers = [
            self._model.layer(self._model.index(row)) for row in range(self._model.rowCount())
        ]
        self._thumbnails.keep_only({layer.id for layer in layers if layer is not None})
        self.show_active()

    def _on_data_changed(self, _first: QModelIndex, _last: QModelIndex, roles: list[int]) -> None:
        if roles == LayersModel.PIXELS:
            self._thumbnails.rest()

    def _on_target_changed(self) -> None:
        self.viewport().update()

    # Events

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: N802 - Qt's name
        super().currentChanged(current, previous)
        if (layer := self._model.layer(current)) is not None:
            self._session.layers.activate(layer.id)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._on_eye(event):
            return
        super().mousePressEvent(event)
        if (chosen := self._thumbnail_at(event)) is not None:
            self._session.layers.paint_on(chosen)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        if self._session.layers.active is not None:
            menu = self.menu()
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(event.globalPos())

    def menu(self) -> QMenu:
        """What a right click on the active layer offers."""
        layers, menu = self._session.layers, QMenu(self)
        fill_menu(
            menu,
            menu,
            [
                Action("Guide pictures by this layer", self._session.guides.add_layer, (), "frame"),
                None,
                Action("Duplicate", layers.duplicate, (), "copy-plus"),
                Action("Mask the layer", layers.mask, (), "contrast"),
                Action("Remove", layers.remove, (), "trash-2"),
            ],
        )
        return menu

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if not self._on_eye(event) and self._thumbnail_at(event) is None:
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        layer = self._model.layer(self.currentIndex())
        if layer is not None and event.key() == Qt.Key.Key_Delete:
            self._session.layers.remove()
        elif layer is not None and event.key() == Qt.Key.Key_Space:
            self._session.layers.set_visible(layer.id, not layer.visible)
        else:
            super().keyPressEvent(event)

    def _pressed(self, event: QMouseEvent) -> tuple[Layer, QRect] | None:
        """The layer under the left button, and its row."""
        index = self.indexAt(event.position().toPoint())
        layer = self._model.layer(index)
        if layer is None or event.button() != Qt.MouseButton.LeftButton:
            return None
        return layer, self.visualRect(index)

    def _thumbnail_at(self, event: QMouseEvent) -> Target | None:
        """What a press on a layer's picture or mask chooses; None beside them."""
        if (pressed := self._pressed(event)) is None:
            return None
        layer, row = pressed
        place = event.position().toPoint()
        if self._delegate.mask_place(row, layer).contains(place):
            return Target.LAYER_MASK
        return Target.LAYER if self._delegate.picture_place(row).contains(place) else None

    def _on_eye(self, event: QMouseEvent) -> bool:
        """Show or hide the layer whose eye was pressed; False elsewhere."""
        if (pressed := self._pressed(event)) is None:
            return False
        layer, row = pressed
        if not self._delegate.eye_place(row).contains(event.position().toPoint()):
            return False
        self._session.layers.set_visible(layer.id, not layer.visible)
        return True
