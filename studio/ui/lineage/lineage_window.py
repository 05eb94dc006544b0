"""The window that shows a picture's family tree, and what can be done from there."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.domain.errors import StudioError
from studio.library import Picture
from studio.library.lineage.lineage import MOST_PICTURES, Lineage, lineage_of
from studio.ui import theme
from studio.ui.actions import Action, fill_menu, make
from studio.ui.bindings import Bindings
from studio.ui.compare import MOST_COMPARED, CompareWindow
from studio.ui.controls.elided_label import ElidedLabel
from studio.ui.controls.fields import plain_label
from studio.ui.controls.tasks import Tasks
from studio.ui.controls.tool_button import tool_button
from studio.ui.lineage.lineage_view import LineageView
from studio.ui.lineage.redo_dialog import RedoDialog
from studio.ui.lineage.tree import Tree
from studio.ui.message_bar import MessageBar
from studio.ui.session import Session
from studio.ui.task_bar import TaskBar

_SIZE: Final = QSize(1200, 760)
_CALM_MS: Final = 150
_TITLE_CHARS: Final = 60


class LineageWindow(QDialog):
    """A window of its own beside the studio's, which shows what is clicked here on its canvas. It
    follows the history: what comes and goes comes and goes here. Deleted when it is closed."""

    def __init__(self, session: Session, picture: Picture, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._session = session
        self._picture = picture
        self._reading = 0
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self._view = LineageView(session.library)
        self._says = ElidedLabel()
        theme.set_role(self._says, "quiet")
        self._family = QCheckBox("Whole family")
        self._family.setToolTip("With all that grew from its ancestors, too (F)")
        self._family.toggled.connect(self._read)
        self._redo = QPushButton("Redo this with…")
        self._redo.setToolTip("Make it, and all that grew from it, with one thing changed (R)")
        self._redo.clicked.connect(self.redo)
        self._zoom = plain_label("–", "quiet")
        self._zoom.setAccessibleName("Zoom")
        self._zoom.setFixedWidth(self._zoom.fontMetrics().horizontalAdvance("300 %") + 8)
        self._zoom.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        self._add_actions()
        self._calm = QTimer(self, singleShot=True, interval=_CALM_MS)
        self._calm.timeout.connect(self._read)
        self._tasks = Tasks(self)

        history = session.history
        self._view.show_wanted.connect(history.show)
        self._view.restore_wanted.connect(history.use_settings)
        self._view.rerun_wanted.connect(self.make_anew)
        self._view.menu_wanted.connect(self._on_menu_wanted)
        self._view.current_changed.connect(self._on_current_changed)
        self._view.zoom_changed.connect(self._on_zoom_changed)
        self._bindings = Bindings(self)
        self._bindings.add(session.library.recorded, self._on_recorded)
        self._bindings.add(session.library.removed, self._on_removed)
        self._bindings.add(session.shown.picture_changed, self._on_shown_changed)
        self._on_shown_changed()
        self._read()
        self._view.setFocus()

    @property
    def view(self) -> LineageView:
        return self._view

    @property
    def family_switch(self) -> QCheckBox:
        """Shows all that grew from the picture's ancestors, too."""
        return self._family

    @property
    def says(self) -> str:
        """How much of the family is shown."""
        return self._says.text()

    # What the artist does

    def centre_on(self, picture: Picture) -> None:
        """Show the ancestors and descendants of another picture."""
        self._picture = picture
        self._read()

    def make_anew(self, picture: Picture) -> None:
        """Queue the very request that made a picture of the tree."""
        self._show_what_comes_of(picture)
        self._session.redoing.make_anew(picture)

    def redo(self) -> None:
        """Ask what is to be changed in the current picture."""
        tree, picture = self._view.tree, self._view.current
        if tree is None or picture is None or not _can_be_redone(picture):
            return
        dialog = RedoDialog(self._session, tree.lineage, picture, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        dialog.accepted.connect(partial(self._show_what_comes_of, picture))
        dialog.show()

    def menu_for(self, picture: Picture) -> QMenu:
        """What can be done with a picture of the tree."""
        session = self._session
        clipboard = QGuiApplication.clipboard()
        menu = QMenu(self)
        entries: list[Action | None] = [
            Action("Show on the canvas", lambda: session.history.show(picture), icon="eye"),
            Action(
                "Use its settings", lambda: session.history.use_settings(picture), icon="undo-2"
            ),
            None,
        ]
        if picture.request is not None:
            anew = partial(self.make_anew, picture)
            entries.append(Action("Make it anew", anew, icon="refresh-cw"))
        if _can_be_redone(picture):
            entries.append(Action("Redo this with…", self.redo, icon="replace"))
        entries.append(None)
        if parents := self._parents_of(picture):
            compare = partial(self._compare, [*parents, picture])
            name = "Compare with its parents" if len(parents) > 1 else "Compare with its parent"
            entries.append(Action(name, compare, icon="square-split-horizontal"))
        entries += [
            Action("Lineage of this picture", lambda: self.centre_on(picture), icon="focus"),
            Action("Copy prompt", lambda: clipboard.setText(picture.settings.prompt), icon="copy"),
        ]
        fill_menu(menu, menu, entries)
        return menu

    def _show_what_comes_of(self, picture: Picture) -> None:
        """A sibling of the picture whose lineage this is, or of its ancestors, is shown only with
        the whole family."""
        tree = self._view.tree
        if tree is None or picture.id in tree.lineage.descendants(tree.lineage.root):
            return
        if self._parents_of(picture):
            self._family.setChecked(True)

    def _parents_of(self, picture: Picture) -> list[Picture]:
        """As many of its parents as can be compared with it."""
        tree = self._view.tree
        if tree is None:
            return []
        edges = tree.lineage.into.get(picture.id, ())
        ids = dict.fromkeys(edge.parent for edge in edges)
        return [tree.lineage.pictures[each] for each in ids][: MOST_COMPARED - 1]

    def _compare(self, pictures: list[Picture]) -> None:
        CompareWindow(self._session, pictures, self).show()

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(theme.SPACE_M, theme.SPACE_XS, theme.SPACE_M, theme.SPACE_XS)
        bar.setSpacing(theme.SPACE_XS)
        bar.addWidget(self._says, 1)
        bar.addWidget(self._family)
        bar.addSpacing(theme.SPACE_S)
        bar.addWidget(self._redo)
        bar.addSpacing(theme.SPACE_S)
        view = self._view
        zoom_out = tool_button("zoom-out", "Zoom out", "Ctrl+−")
        zoom_out.clicked.connect(view.zoom_out)
        zoom_in = tool_button("zoom-in", "Zoom in", "Ctrl++")
        zoom_in.clicked.connect(view.zoom_in)
        fit = tool_button("scan", "Show the whole tree", "Ctrl+0")
        fit.clicked.connect(view.fit)
        for widget in (zoom_out, self._zoom, zoom_in, fit):
            bar.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(MessageBar(self._session, only_in_front=True))
        layout.addWidget(TaskBar(self._session))
        layout.addWidget(view, 1)
        self.resize(_SIZE)

    def _add_actions(self) -> None:
        view = self._view
        for action in (
            Action("Show the whole tree", view.fit, ("Ctrl+0",)),
            Action("Actual size", view.actual_size, ("Ctrl+1",)),
            Action("Zoom in", view.zoom_in, ("Ctrl++", "Ctrl+=")),
            Action("Zoom out", view.zoom_out, ("Ctrl+-",)),
            Action("Close", self.close, ("Ctrl+W",)),
        ):
            self.addAction(make(action, self))

    # Reading

    def _read(self) -> None:
        self._reading += 1
        prompt = self._picture.settings.prompt[:_TITLE_CHARS] or "a picture"
        self.setWindowTitle(f"Lineage of “{prompt}”")
        self._tasks.start(self._load(self._reading))

    async def _load(self, reading: int) -> None:
        pages = lineage_of(
            self._session.library.store.lineage,
            self._picture,
            whole_family=self._family.isChecked(),
        )
        try:
            while True:
                tree = await asyncio.to_thread(lambda: next(map(Tree, pages), None))
                if tree is None or reading != self._reading:
                    return
                # While a known family is read again, what is there stays until it is whole.
                if tree.lineage.is_whole or not self._shows_this():
                    self._view.show_tree(tree)
                self._tell(tree.lineage)
        except StudioError as error:
            self._session.messages.tell(error)

    def _shows_this(self) -> bool:
        tree = self._view.tree
        return tree is not None and tree.lineage.root == self._picture.id

    def _tell(self, lineage: Lineage) -> None:
        count = len(lineage.pictures)
        says = "1 picture, made of no other one" if count == 1 else f"{count} pictures"
        if count >= MOST_PICTURES:
            says += ", the nearest of many: show the lineage of another one to see more"
        self._says.set_text(says if lineage.is_whole or count >= MOST_PICTURES else f"{says}…")

    # Slots

    def _on_recorded(self, picture: Picture) -> None:
        """What was made of a picture of the tree belongs to it."""
        if self._view.tree is not None and self._view.tree.begot(picture):
            self._calm.start()

    def _on_removed(self, pictures: list[Picture]) -> None:
        tree = self._view.tree
        if any(picture.id == self._picture.id for picture in pictures):
            self.close()
        elif tree is not None and any(one.id in tree.lineage.pictures for one in pictures):
            self._calm.start()

    def _on_shown_changed(self) -> None:
        self._view.mark_shown(self._session.shown.picture)

    def _on_current_changed(self) -> None:
        picture = self._view.current
        self._redo.setEnabled(picture is not None and _can_be_redone(picture))

    def _on_zoom_changed(self, zoom: float) -> None:
        self._zoom.setText(f"{zoom / self.devicePixelRatioF() * 100:.0f} %")

    def _on_menu_wanted(self, picture: Picture, place: QPoint) -> None:
        menu = self.menu_for(picture)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    # Events

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_R and not event.modifiers():
            self.redo()
        elif event.key() == Qt.Key.Key_F and not event.modifiers():
            self._family.toggle()
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)


def _can_be_redone(picture: Picture) -> bool:
    """Whether a model drew it: there is nothing to change in what was upscaled or restyled."""
    return picture.request is not None and picture.request.task.needs_model
