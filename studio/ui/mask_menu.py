"""The Mask menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from studio.ui import pictures
from studio.ui.actions import Action, fill_menu, make
from studio.ui.bindings import Bindings
from studio.ui.canvas.tool_controls import choose_mask_colour
from studio.ui.dialogs.mask_dialog import MaskDialog
from studio.ui.document_actions import DocumentActions
from studio.ui.session import MaskView, Session

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow


def fill_mask_menu(window: MainWindow, menu: QMenu) -> None:
    """Put the entries in; those that change the mask need a document on the canvas."""
    session = window.session
    masking = session.masking
    select_all = make(Action("All", masking.select_all, ("Ctrl+A",), "square"), window)
    # Lists have their own Ctrl+A.
    select_all.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    if (centre := window.centralWidget()) is not None:
        centre.addAction(select_all)
    fill_menu(
        menu,
        window,
        [
            select_all,
            Action("None", masking.clear, ("Ctrl+Shift+A",), "x"),
            Action("Invert", masking.invert, ("Ctrl+Shift+I",), "contrast"),
            None,
            Action("Grow…", lambda: MaskDialog.grow(session, window), (), "expand"),
            Action("Shrink…", lambda: MaskDialog.shrink(session, window), (), "shrink"),
            Action("Feather…", lambda: MaskDialog.feather(session, window), (), "feather"),
            Action("Colour range…", lambda: MaskDialog.colour(session, window), (), "pipette"),
            None,
            Action("From the layer's transparency", masking.from_alpha),
            Action("From the layer's lightness", masking.from_luminance),
            Action("From a picture file…", lambda: pictures.mask_from_file(window)),
            Action("Mask the layer with it", session.layers.mask),
            None,
            Action("Fit the working area to it", session.working_area.fit, (), "frame"),
            Action("Let the studio choose the working area", session.working_area.reset),
        ],
    )
    DocumentActions(session, menu.actions(), menu)
    fill_menu(menu, window, [None])
    menu.addMenu(MaskViewMenu(session, menu))
    fill_menu(
        menu,
        window,
        [
            Action("Show or hide", masking.toggle_view, ("Ctrl+H",), "eye"),
            Action("Colour…", lambda: choose_mask_colour(session.tools, window), (), "palette"),
        ],
    )


class MaskViewMenu(QMenu):
    """How the mask is shown: one of three."""

    def __init__(self, session: Session, parent: QMenu) -> None:
        super().__init__("View", parent)
        self._tools = session.tools
        self._entries: dict[MaskView, QAction] = {}
        group = QActionGroup(self)
        for view in MaskView:
            entry = QAction(view.value.capitalize(), self, checkable=True)
            entry.triggered.connect(lambda _checked, view=view: self._choose(view))
            group.addAction(entry)
            self.addAction(entry)
            self._entries[view] = entry
        self._bindings = Bindings(self)
        self._bindings.add(session.tools.events.mask_view, self._show)
        self._show(session.tools.mask_view)

    def _choose(self, view: MaskView) -> None:
        self._tools.mask_view = view

    def _show(self, view: MaskView) -> None:
        self._entries[view].setChecked(True)
