"""Cut, Copy, Paste, Fill and Delete: what can be done with what the mask covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction

from studio.ui import pictures
from studio.ui.actions import Action, make
from studio.ui.document_actions import DocumentActions

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow


def clip_actions(window: MainWindow) -> list[QAction | None]:
    """The Edit menu's entries; None is a line. Texts and lists have the same keys for themselves,
    so these work on the canvas and, but for Delete, in the layers pane."""
    clipping = window.session.clipping
    cut = make(Action("Cut", lambda: pictures.cut(window), ("Ctrl+X",)), window)
    copy = make(Action("Copy", lambda: pictures.copy(window), ("Ctrl+C",), "copy"), window)
    merged = Action("Copy merged", lambda: pictures.copy(window, merged=True), ("Ctrl+Shift+C",))
    paste = make(Action("Paste", window.canvas.paste, ("Ctrl+V",)), window)
    keys = ("Shift+Backspace", "Alt+Backspace")
    fill = make(Action("Fill with the colour", clipping.fill, keys, "paint-bucket"), window)
    delete = make(Action("Delete", clipping.delete, ("Delete",)), window)
    places = [window.centralWidget(), window.layers]
    for entry in (cut, copy, paste, fill, delete):
        entry.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        for place in places[:1] if entry is delete else places:
            if place is not None:
                place.addAction(entry)
    DocumentActions(window.session, [cut, fill, delete], window)
    return [cut, copy, make(merged, window), paste, None, fill, delete, None]
