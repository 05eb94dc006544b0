"""The studio's one window: prompt left, canvas with the timeline below it, history right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDockWidget, QGridLayout, QMainWindow, QVBoxLayout, QWidget

from studio.library import Picture
from studio.ui import pictures
from studio.ui.canvas import CanvasBar, CanvasView
from studio.ui.engine_label import EngineLabel
from studio.ui.history import HistoryPanel
from studio.ui.menus import fill_menu_bar
from studio.ui.message_bar import MessageBar
from studio.ui.prompt import PromptPanel
from studio.ui.session import Session
from studio.ui.settings import Settings
from studio.ui.timeline import TimelinePanel

DEFAULT_SIZE = QSize(1440, 900)
MINIMUM_SIZE = QSize(1024, 700)
PROMPT_WIDTH = 320
HISTORY_WIDTH = 320


class MainWindow(QMainWindow):
    """Joins the panes. `closing` says that the artist wants to leave; `app.py` then ends all."""

    closing = Signal()

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__()
        self.session = session
        self.settings = settings

        self.prompt = PromptPanel(session)
        self.canvas = CanvasView(session)
        self.canvas_bar = CanvasBar(self.canvas)
        self.timeline = TimelinePanel(session)
        self.history = HistoryPanel(session)
        self.message_bar = MessageBar(session)
        self.engine_label = EngineLabel(session)

        self._lay_out()
        fill_menu_bar(self)
        self.canvas.take_drops_of(self)
        self.history.export_requested.connect(self._on_export_requested)
        self._restore()
        self.prompt.focus_prompt()

    def _lay_out(self) -> None:
        self.setWindowTitle("Pentimento")
        self.setMinimumSize(MINIMUM_SIZE)
        self.setDockOptions(
            QMainWindow.DockOption.AllowTabbedDocks | QMainWindow.DockOption.AllowNestedDocks
        )

        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        # Messages lie over the canvas: the picture doesn't move when one comes or goes.
        over = QGridLayout()
        over.addWidget(self.canvas, 0, 0)
        over.addWidget(self.message_bar, 0, 0, Qt.AlignmentFlag.AlignTop)
        self.message_bar.raise_()
        column.addLayout(over, stretch=1)
        column.addWidget(self.canvas_bar)
        column.addWidget(self.timeline)
        self.setCentralWidget(centre)

        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        self.prompt_dock = self._dock("Prompt", self.prompt, left)
        self.history_dock = self._dock("History", self.history, right)
        self.resizeDocks(
            [self.prompt_dock, self.history_dock],
            [PROMPT_WIDTH, HISTORY_WIDTH],
            Qt.Orientation.Horizontal,
        )
        self.menuBar().setCornerWidget(self.engine_label)

    def _dock(self, title: str, pane: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        # The name is how saveState finds the panel again.
        dock.setObjectName(f"{title.lower()}_dock")
        dock.setWidget(pane)
        self.addDockWidget(area, dock)
        return dock

    def reset_layout(self) -> None:
        """Put every panel back where it stands at the first start."""
        for dock, area in (
            (self.prompt_dock, Qt.DockWidgetArea.LeftDockWidgetArea),
            (self.history_dock, Qt.DockWidgetArea.RightDockWidgetArea),
        ):
            dock.setFloating(False)
            self.addDockWidget(area, dock)
            dock.show()
        self.resizeDocks(
            [self.prompt_dock, self.history_dock],
            [PROMPT_WIDTH, HISTORY_WIDTH],
            Qt.Orientation.Horizontal,
        )

    def _restore(self) -> None:
        self.resize(DEFAULT_SIZE.boundedTo(self.screen().availableSize()))
        if not self.settings.geometry.isEmpty():
            self.restoreGeometry(self.settings.geometry)
        if not self.settings.layout.isEmpty():
            self.restoreState(self.settings.layout)
        self._come_back_on_screen()

    def _come_back_on_screen(self) -> None:
        # The screen it was left on may be gone, or smaller now.
        room = self.screen().availableGeometry()
        if not room.intersects(self.frameGeometry()):
            self.resize(self.size().boundedTo(room.size()))
            self.move(room.topLeft())

    def remember(self) -> None:
        """Write the window's state and the prompt panel's values to the settings."""
        self.settings.geometry = self.saveGeometry()
        self.settings.layout = self.saveState()
        draft = self.session.draft
        self.settings.request = draft.as_request().to_json()
        self.settings.keep_seed = draft.keep_seed
        self.settings.sync()

    def _on_export_requested(self, picture: Picture) -> None:
        pictures.export(self, picture)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        self.remember()
        self.closing.emit()
        event.accept()
