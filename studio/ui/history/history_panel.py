"""The history pane: everything that was made, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QStackedLayout, QWidget

from studio.library import Picture
from studio.ui.actions import Action, fill_menu
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_label
from studio.ui.history.file_manager import show_in_file_manager
from studio.ui.history.history_model import HistoryModel
from studio.ui.history.history_view import HistoryView
from studio.ui.session import Session

_EMPTY = "Every picture you make is kept here.\n\nWrite a prompt and press Ctrl+Enter."
_MINIMUM_WIDTH = 220


class HistoryPanel(QWidget):
    """A click shows a picture, a double click takes its settings, Delete moves it to the trash."""

    export_requested = Signal(Picture)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setMinimumWidth(_MINIMUM_WIDTH)
        # Opaque: what is repainted here lets everything behind it be.
        self.setAutoFillBackground(True)
        self._model = HistoryModel(session.library, session.messages.tell, self)
        self._view = HistoryView(self._model, session.library)
        self._empty = plain_label(_EMPTY)
        self._empty.setObjectName("EmptyHistory")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._view)
        self._stack.addWidget(self._empty)
        self.setFocusProxy(self._view)
        self._on_current_changed()

        self._view.show_wanted.connect(self._on_show_wanted)
        self._view.restore_wanted.connect(session.history.use_settings)
        self._view.delete_wanted.connect(session.history.move_to_trash)
        self._view.menu_wanted.connect(self._on_menu_wanted)
        self._model.page_arrived.connect(self._on_page_arrived)
        self._bindings = Bindings(self)
        self._bindings.add(session.shown.picture_changed, self._on_current_changed)

    @property
    def view(self) -> HistoryView:
        return self._view

    @property
    def model(self) -> HistoryModel:
        return self._model

    def selected(self) -> list[Picture]:
        """The selected pictures, newest first."""
        return self._view.selected()

    def menu_for(self, picture: Picture) -> QMenu:
        """What can be done with a picture; the trash takes all that are selected with it."""
        session = self._session
        selected = self.selected()
        pictures = selected if picture in selected else [picture]
        many = f" {len(pictures)} pictures" if len(pictures) > 1 else ""
        clipboard = QGuiApplication.clipboard()
        menu = QMenu(self)
        fill_menu(
            menu,
            menu,
            [
                Action("Show", lambda: session.history.show(picture), icon="eye"),
                Action(
                    "Use its settings", lambda: session.history.use_settings(picture), icon="undo-2"
                ),
                Action(
                    "Start from this picture",
                    lambda: session.start_picture.from_file(picture.path),
                    icon="image-plus",
                ),
                None,
                Action(
                    "Upscale 2×", lambda: session.upscaling.upscale(picture, 2), icon="maximize"
                ),
                Action("Upscale 4×", lambda: session.upscaling.upscale(picture, 4)),
                None,
                Action("Export…", lambda: self.export_requested.emit(picture), icon="download"),
                Action(
                    "Show in file manager",
                    lambda: show_in_file_manager(picture.path),
                    icon="folder-open",
                ),
                None,
                Action(
                    "Copy prompt", lambda: clipboard.setText(picture.settings.prompt), icon="copy"
                ),
                Action("Copy seed", lambda: clipboard.setText(str(picture.seed or ""))),
                None,
                Action(
                    f"Move{many} to trash",
                    lambda: session.history.move_to_trash(pictures),
                    icon="trash-2",
                ),
            ],
        )
        return menu

    def _on_show_wanted(self, picture: Picture) -> None:
        if picture != self._session.shown.picture:
            self._session.history.show(picture)

    def _on_menu_wanted(self, picture: Picture, place: QPoint) -> None:
        menu = self.menu_for(picture)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _on_page_arrived(self) -> None:
        self._stack.setCurrentWidget(self._empty if self._model.is_empty() else self._view)

    def _on_current_changed(self) -> None:
        self._view.mark_current(self._session.shown.picture)
