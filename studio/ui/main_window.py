"""The studio's one window: prompt left, canvas above timeline, style and history right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMargins, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QGridLayout,
    QMainWindow,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.text_field import prompt_field
from studio.ui.right_docks import WIDTH as RIGHT_WIDTH
from studio.ui.right_docks import RightDocks
from studio.ui.settings import Settings

if TYPE_CHECKING:
    from studio.library import Picture
    from studio.library.settings import PictureSettings
    from studio.ui.canvas import CanvasBar, CanvasView, ToolBar
    from studio.ui.engine_label import EngineLabel
    from studio.ui.history import HistoryPanel
    from studio.ui.layers import LayersPanel
    from studio.ui.message_bar import MessageBar
    from studio.ui.prompt import PromptPanel
    from studio.ui.recovery_card import RecoveryCard
    from studio.ui.session import LongTask, Session
    from studio.ui.style import StylePanel
    from studio.ui.task_bar import TaskBar
    from studio.ui.timeline import TimelinePanel

DEFAULT_SIZE: Final = QSize(1440, 900)
MINIMUM_SIZE: Final = QSize(1024, 700)
PROMPT_WIDTH: Final = 320
# What lies around the canvas: tools on its left, its bar and the timeline below it.
AROUND_CANVAS: Final = QMargins(37, 0, 0, 105)
MENU_TITLES: Final = ("&File", "&Edit", "&Picture", "&Layer", "&Mask", "&View", "&Help")
# Of another version nothing is taken over: it lacks a panel.
LAYOUT_VERSION: Final = 2


class MainWindow(QMainWindow):
    """Stands in its place with nothing but the prompt's field until `furnish` puts the panes in.

    So it can be shown, and written into, at once: what the panes need (numpy, Pillow, the library)
    takes several times as long to import as Qt does. `closing` says that the artist wants to leave;
    `app.py` then ends all. Panes and session are there once it `is_furnished`.
    """

    closing = Signal()

    session: Session
    prompt: PromptPanel
    canvas: CanvasView
    tool_bar: ToolBar
    canvas_bar: CanvasBar
    timeline: TimelinePanel
    history: HistoryPanel
    layers: LayersPanel
    style_pane: StylePanel
    message_bar: MessageBar
    task_bar: TaskBar
    recovery_card: RecoveryCard
    engine_label: EngineLabel

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.is_furnished = False
        self._awaited: LongTask | None = None
        # The loop must outlive the window, until `app.py` has joined the engine.
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self._lay_out()
        self._restore()

    def _lay_out(self) -> None:
        self.setWindowTitle("Pentimento")
        self.setMinimumSize(MINIMUM_SIZE)
        self.setDockOptions(
            QMainWindow.DockOption.AllowTabbedDocks | QMainWindow.DockOption.AllowNestedDocks
        )
        self.menus = {title: self.menuBar().addMenu(title) for title in MENU_TITLES}
        # With the label that comes into its corner it will be as high.
        self.menuBar().setMinimumHeight(theme.CONTROL_HEIGHT + theme.SPACE_XS)
        self._centre = _Surround()
        self.setCentralWidget(self._centre)
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        self.prompt_dock, self._prompt_place = self._dock("Prompt", left)
        self.style_dock, self._style_place = self._dock("Style", right)
        self.history_dock, self._history_place = self._dock("History", right)
        self.layers_dock, self._layers_place = self._dock("Layers", right)
        self.setTabPosition(right, QTabWidget.TabPosition.North)
        self._right = RightDocks(self, self.style_dock, self.history_dock, self.layers_dock)
        self._stack_docks()
        # The field stands where the prompt panel will have it.
        around = (theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_M)
        self._prompt_place.setContentsMargins(*around)
        self._prompt_field = prompt_field()
        self._prompt_place.addWidget(self._prompt_field, alignment=Qt.AlignmentFlag.AlignTop)
        self._prompt_field.setFocus()

    def _dock(self, title: str, area: Qt.DockWidgetArea) -> tuple[QDockWidget, QVBoxLayout]:
        dock = QDockWidget(title, self)
        # The name is how saveState finds the panel again.
        dock.setObjectName(f"{title.lower()}_dock")
        pane = QWidget()
        place = QVBoxLayout(pane)
        place.setContentsMargins(0, 0, 0, 0)
        dock.setWidget(pane)
        self.addDockWidget(area, dock)
        for moved in (dock.dockLocationChanged, dock.topLevelChanged, dock.visibilityChanged):
            moved.connect(self._on_dock_moved)
        return dock, place

    def _stack_docks(self) -> None:
        self._right.stack()
        self.resizeDocks(
            [self.prompt_dock, self.history_dock],
            [PROMPT_WIDTH, RIGHT_WIDTH],
            Qt.Orientation.Horizontal,
        )
        self._name_docks()

    def _name_docks(self) -> None:
        """Leave out the title of a dock whose tab says it already."""
        for dock in self.findChildren(QDockWidget):
            beside = [other for other in self.tabifiedDockWidgets(dock) if not other.isHidden()]
            is_named = bool(beside) and not dock.isFloating()
            if is_named != (dock.titleBarWidget() is not None):
                old = dock.titleBarWidget()
                bar = QWidget() if is_named else None
                dock.setTitleBarWidget(bar)  # type: ignore[arg-type] # None is the usual one
                if old is not None:
                    old.deleteLater()

    def furnish(self, session: Session) -> None:
        """Put the panes and the menus' entries in. What has been typed stays in the prompt."""
        from studio.ui.canvas import CanvasBar, CanvasView, ToolBar
        from studio.ui.engine_label import EngineLabel
        from studio.ui.gallery_settings import restore_gallery
        from studio.ui.history import HistoryPanel
        from studio.ui.layers import LayersPanel
        from studio.ui.menus import fill_menu_bar
        from studio.ui.message_bar import MessageBar
        from studio.ui.models import ModelDrops, open_models
        from studio.ui.prompt import PromptPanel
        from studio.ui.recovery_card import RecoveryCard
        from studio.ui.style import StylePanel
        from studio.ui.style_settings import restore_style
        from studio.ui.task_bar import TaskBar
        from studio.ui.timeline import TimelinePanel
        from studio.ui.tool_settings import restore_tools
        from studio.ui.window_title import WindowTitle

        restore_tools(session.tools, self.settings.tools)
        restore_style(session.restyling, self.settings.style)
        session.draft.prompt += self._prompt_field.toPlainText()
        self.session = session
        self._prompt_place.setContentsMargins(0, 0, 0, 0)
        self.prompt = PromptPanel(session, self._prompt_field)
        self.canvas = CanvasView(session)
        self.tool_bar = ToolBar(session)
        self.canvas_bar = CanvasBar(session, self.canvas)
        self.timeline = TimelinePanel(session)
        self.history = HistoryPanel(session)
        restore_gallery(session, self.history.footer, self.settings.gallery)
        self.layers = LayersPanel(session)
        self.style_pane = StylePanel(session, self.settings)
        self.message_bar = MessageBar(session)
        self.task_bar = TaskBar(session)
        self.recovery_card = RecoveryCard(session)
        self.engine_label = EngineLabel(session)

        # Another widget in a dock or in the centre would have Qt divide the room anew.
        self._prompt_place.addWidget(self.prompt)
        self._history_place.addWidget(self.history)
        self._layers_place.addWidget(self.layers)
        self._style_place.addWidget(self.style_pane)
        self._fill_centre()
        self.menuBar().setCornerWidget(self.engine_label)
        # Qt would show them only in the loop's next turn, and focus goes to what is shown.
        for pane in (self.prompt, self.canvas, self.canvas_bar, self.timeline, self.history):
            pane.show()
        self.engine_label.show()
        fill_menu_bar(self)
        self.canvas.take_drops_of(self)
        self._model_drops = ModelDrops(self, session.model_files)
        self._model_drops.dropped.connect(lambda: open_models(self).show_folders())
        self.style_pane.watch_drags_of(self, self.canvas)
        self.prompt.guides.watch_drags_of(self, self.canvas)
        self.style_pane.downloads_wanted.connect(lambda: open_models(self).show_downloads())
        self.history.export_requested.connect(self._on_export_requested)
        self.timeline.export_requested.connect(self._on_emergence_export_requested)
        self._title = WindowTitle(session, self)
        self._bindings = Bindings(self)
        self._bindings.add(session.editing.document_changed, self._on_document_changed)
        self._bindings.add(session.tasks.changed, self._on_tasks_changed)
        self._bindings.add(session.foreign_settings.wanted, self._on_settings_wanted)
        self._bindings.add(session.models.window_wanted, self._on_models_wanted)
        self._bindings.add(session.models.engine_wanted, self._on_engine_wanted)
        self._bindings.add(session.guides.downloads_wanted, self._on_downloads_wanted)
        self._bindings.add(session.guides.annotators_wanted, self._on_annotators_wanted)
        self._bindings.add(session.objects.downloads_wanted, self._on_segmenters_wanted)
        self.is_furnished = True
        self.prompt.focus_prompt()

    def _fill_centre(self) -> None:
        column = QVBoxLayout(self._centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        # Messages lie over the canvas: the picture doesn't move when one comes or goes.
        over = QGridLayout()
        over.setSpacing(0)
        over.addWidget(self.tool_bar, 0, 0)
        over.addWidget(self.canvas, 0, 1)
        told = QVBoxLayout()
        told.setSpacing(theme.SPACE_XS)
        for bar in (self.message_bar, self.task_bar):
            told.addWidget(bar)
            bar.raise_()
        over.addLayout(told, 0, 1, Qt.AlignmentFlag.AlignTop)
        corner = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignRight
        over.addWidget(self.recovery_card, 0, 1, corner)
        column.addLayout(over, stretch=1)
        column.addWidget(self.canvas_bar)
        column.addWidget(self.timeline)

    def reset_layout(self) -> None:
        """Put every panel back where it stands at the first start."""
        self.prompt_dock.setFloating(False)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.prompt_dock)
        self.prompt_dock.show()
        self._stack_docks()

    def _restore(self) -> None:
        self.resize(DEFAULT_SIZE.boundedTo(self.screen().availableSize()))
        if not self.settings.geometry.isEmpty():
            self.restoreGeometry(self.settings.geometry)
        if not self.settings.layout.isEmpty():
            self.restoreState(self.settings.layout, LAYOUT_VERSION)
        else:
            self._stack_docks()
        self._right.settle()
        self._come_back_on_screen()
        self._name_docks()

    def _come_back_on_screen(self) -> None:
        # The screen it was left on may be gone, or smaller now.
        room = self.screen().availableGeometry()
        if not room.intersects(self.frameGeometry()):
            self.resize(self.size().boundedTo(room.size()))
            self.move(room.topLeft())

    def remember(self) -> None:
        """Write the window's state and the prompt panel's values to the settings."""
        self.settings.geometry = self.saveGeometry()
        self.settings.layout = self.saveState(LAYOUT_VERSION)
        if self.is_furnished:
            from studio.ui.gallery_settings import gallery_to_json
            from studio.ui.style_settings import style_to_json
            from studio.ui.tool_settings import tools_to_json

            draft = self.session.draft
            self.settings.request = draft.as_request().to_json()
            self.settings.keep_seed = draft.keep_seed
            self.settings.tools = tools_to_json(self.session.tools)
            self.settings.style = style_to_json(self.session.restyling)
            self.settings.gallery = gallery_to_json(self.session, self.history.footer)
        self.settings.sync()

    def _on_dock_moved(self) -> None:
        # Not while Qt is still at it.
        QTimer.singleShot(0, self, self._name_docks)

    def _on_document_changed(self) -> None:
        # Who opens an artwork will want its layers.
        if self.session.editing.document is not None:
            self._right.raise_layers()

    def _on_export_requested(self, picture: Picture) -> None:
        from studio.ui import pictures

        pictures.export(self, picture)

    def _on_emergence_export_requested(self) -> None:
        from studio.ui.emergence_files import export_emergence

        export_emergence(self)

    def _on_settings_wanted(self, settings: PictureSettings, name: str) -> None:
        from studio.ui.dialogs.settings_dialog import SettingsDialog

        SettingsDialog(self.session, settings, name, self).open()

    def _on_models_wanted(self) -> None:
        from studio.ui.models import open_models

        open_models(self)

    def _on_downloads_wanted(self) -> None:
        from studio.ui.models import open_models

        open_models(self).show_downloads()

    def _on_annotators_wanted(self) -> None:
        from studio.catalog.downloads import Destination
        from studio.ui.models import open_models

        open_models(self).show_downloads(Destination.ANNOTATOR)

    def _on_segmenters_wanted(self) -> None:
        from studio.catalog.downloads import Destination
        from studio.ui.models import open_models

        open_models(self).show_downloads(Destination.SEGMENTER)

    def _on_engine_wanted(self) -> None:
        from studio.ui.engine import open_engine

        open_engine(self)

    def _on_tasks_changed(self) -> None:
        awaited = self._awaited
        if awaited is not None and awaited not in self.session.tasks.running:
            self._awaited = None
            self.task_bar.say_leaving(False)
            # What failed or was cancelled is told in the window, so that stays.
            if awaited.is_done:
                QTimer.singleShot(0, self, self.close)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._right.fit()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        if self.is_furnished and (saving := self.session.tasks.saving) is not None:
            self._awaited = saving
            self.task_bar.say_leaving(True)
            event.ignore()
            return
        self.remember()
        self.closing.emit()
        event.accept()


class _Surround(QWidget):
    """Where the canvas and what lies around it will be, in their colours."""

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("panel"))
        painter.fillRect(self.rect() - AROUND_CANVAS, theme.color("surround"))
