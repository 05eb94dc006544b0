"""The window of models, beside the studio's own."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QTabWidget, QVBoxLayout, QWidget

from studio.catalog.downloads import Destination
from studio.ui import theme
from studio.ui.actions import Action, make
from studio.ui.bindings import Bindings
from studio.ui.message_bar import MessageBar
from studio.ui.models.downloads_page import DownloadsPage
from studio.ui.models.filter_bar import CARDS, ROWS
from studio.ui.models.folders_page import FoldersPage
from studio.ui.models.model_drops import ModelDrops
from studio.ui.models.models_page import ModelsPage
from studio.ui.session import Session
from studio.ui.settings import Settings
from studio.ui.task_bar import TaskBar

_SIZE: Final = QSize(1040, 720)
_MINIMUM: Final = QSize(720, 480)


class ModelsWindow(QDialog):
    """Three pages: models, folders, downloads. It comes back where and how it was left. Folders
    and model files can be dropped anywhere on it. Deleted when it is closed."""

    def __init__(self, session: Session, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._session = session
        self._settings = settings
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.setWindowTitle("Models")
        self.setMinimumSize(_MINIMUM)
        self.models = ModelsPage(session)
        self.folders = FoldersPage(session)
        self.downloads = DownloadsPage(session)
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)
        self.pages.addTab(self.models, "On this disk")
        self.pages.addTab(self.folders, "Folders")
        self.pages.addTab(self.downloads, "Downloads")
        self._lay_out()
        self._add_actions()
        self._drops = ModelDrops(self, session.model_files)
        self._drops.dropped.connect(self.show_folders)
        self._bindings = Bindings(self)
        self._bindings.add(session.models.changed, self._name_folders)
        self._restore()

    def show_folders(self) -> None:
        """Turn to the page of folders."""
        self.pages.setCurrentWidget(self.folders)

    def show_downloads(self, destination: Destination | None = None) -> None:
        """Turn to the page of downloads, and there to what is offered for a use."""
        self.pages.setCurrentWidget(self.downloads)
        if destination is not None:
            self.downloads.point_to(destination)

    def _lay_out(self) -> None:
        # Messages lie beside the tabs, over what is below: nothing moves when one comes or goes.
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.pages, 0, 0)
        self._told = QVBoxLayout()
        self._told.setSpacing(theme.SPACE_XS)
        for bar in (MessageBar(self._session, only_in_front=True), TaskBar(self._session)):
            self._told.addWidget(bar)
            bar.raise_()
        layout.addLayout(self._told, 0, 0, Qt.AlignmentFlag.AlignTop)
        self._name_folders()

    def _add_actions(self) -> None:
        for action in (
            Action("Search", self._search, ("Ctrl+F",)),
            Action("Look again", self._session.model_files.rescan, ("F5",)),
            Action("Close", self.close, ("Ctrl+W",)),
        ):
            self.addAction(make(action, self))

    def _search(self) -> None:
        if self.pages.currentWidget() is self.downloads:
            self.downloads.search.setFocus()
            return
        self.pages.setCurrentWidget(self.models)
        self.models.focus_search()

    def _name_folders(self) -> None:
        """The tab says how much there is that can't be used."""
        refused = len(self._session.model_files.refused())
        text = f"Folders · {refused} refused" if refused else "Folders"
        self.pages.setTabText(self.pages.indexOf(self.folders), text)
        tabs = self.pages.tabBar().sizeHint().width()
        gap = theme.SPACE_XS
        self._told.setContentsMargins(tabs + theme.SPACE_M, gap, theme.SPACE_S, 0)

    def _restore(self) -> None:
        self.resize(_SIZE)
        if not self._settings.models_geometry.isEmpty():
            self.restoreGeometry(self._settings.models_geometry)
        if not self._settings.models_splitter.isEmpty():
            self.models.splitter.restoreState(self._settings.models_splitter)
        if self._settings.models_as_cards:
            self.models.bar.view.set_value(CARDS)
            self.models.view.show_cards(True)
        self.models.view.setFocus()

    def _remember(self) -> None:
        self._settings.models_geometry = self.saveGeometry()
        self._settings.models_splitter = self.models.splitter.saveState()
        self._settings.models_as_cards = self.models.bar.view.value() != ROWS

    # Events

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        self._remember()
        super().closeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        # Enter is for what has the keyboard, never for a dialog's button.
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
