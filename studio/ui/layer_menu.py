"""The Layer menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from studio.ui.actions import Action, fill_menu, make
from studio.ui.document_actions import DocumentActions

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
            Action("Remove the layer's mask", layers.remove_mask),
        ],
    )
    DocumentActions(window.session, menu.actions(), menu)
