"""The Layer menu."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from studio.document import Target
from studio.ui.actions import Action, fill_menu, make
from studio.ui.bindings import Bindings
from studio.ui.document_actions import DocumentActions
from studio.ui.session.painting.layers import Layers

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow


def fill_layer_menu(window: MainWindow, menu: QMenu) -> None:
    """Put the entries in; all of them need a document on the canvas."""
    layers = window.session.layers
    merge = make(Action("Merge down", layers.merge_down, ("Ctrl+Shift+M",), "merge"), window)
    menu.aboutToShow.connect(lambda: merge.setEnabled(layers.can_merge_down))
    # Keys work whether the menu was seen or not.
    menu.aboutToHide.connect(lambda: merge.setEnabled(layers.document is not None))
    fill_menu(
        menu,
        window,
        [
            Action("New layer", layers.add, ("Ctrl+Shift+N",), "layers-plus"),
            Action("New from clipboard", window.canvas.paste, (), "image-plus"),
            Action("Duplicate", layers.duplicate, ("Ctrl+J",), "copy-plus"),
            Action("Remove", layers.remove, (), "trash-2"),
            None,
            merge,
            Action("Flatten", layers.flatten, (), "layers"),
            None,
            Action("Move up", layers.move_up, ("Ctrl+PgUp",), "arrow-up"),
            Action("Move down", layers.move_down, ("Ctrl+PgDown",), "arrow-down"),
            None,
            Action("Flip horizontally", layers.flip, (), "flip-horizontal"),
            Action("Flip vertically", lambda: layers.flip(vertically=True), (), "flip-vertical"),
            Action("Rotate right", lambda: layers.rotate(90), (), "rotate-cw"),
            Action("Rotate left", lambda: layers.rotate(270), (), "rotate-ccw"),
            Action("Rotate half a turn", lambda: layers.rotate(180)),
            None,
            Action("Mask the layer", layers.mask, (), "contrast"),
            Action("Guide pictures by this layer", window.session.guides.add_layer, (), "frame"),
        ],
    )
    DocumentActions(window.session, menu.actions(), menu)
    of_mask = [
        make(Action("Paint on the layer's mask", layers.toggle_target, ("Ctrl+\\",)), window),
        make(Action("Invert the layer's mask", layers.invert_mask), window),
        make(Action("Apply the layer's mask", layers.apply_mask), window),
        make(Action("Remove the layer's mask", layers.remove_mask), window),
    ]
    fill_menu(menu, window, of_mask)
    LayerMaskActions(layers, of_mask[0], of_mask, menu)


class LayerMaskActions(QObject):
    """Entries for a layer's own mask, while it has one; `paint_on` is checked while it is painted
    on."""

    def __init__(
        self, layers: Layers, paint_on: QAction, actions: Sequence[QAction], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._layers = layers
        self._paint_on = paint_on
        self._actions = actions
        paint_on.setCheckable(True)
        self._bindings = Bindings(self)
        self._bindings.add(layers.target_changed, self._show)
        self._show()

    def _show(self) -> None:
        for action in self._actions:
            action.setEnabled(self._layers.has_mask)
        self._paint_on.setChecked(self._layers.target is Target.LAYER_MASK)
