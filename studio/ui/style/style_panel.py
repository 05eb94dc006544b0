"""The style pane: two wells, the shelf, how to take a style on, and Apply."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QScrollArea, QScrollBar, QVBoxLayout, QWidget

from studio.document.restyling import RestyleMethod
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.canvas import PICTURE_SUFFIXES
from studio.ui.canvas.drops import DropFilter
from studio.ui.controls.fields import row
from studio.ui.session import Session
from studio.ui.settings import Settings
from studio.ui.style.apply_bar import ApplyBar
from studio.ui.style.style_details import StyleDetails
from studio.ui.style.style_mix import StyleMix
from studio.ui.style.style_shelf import StyleShelf
from studio.ui.style.style_wells import ContentWell, StyleWell, add_style
from studio.ui.style.thumbnails import StyleThumbnails
from studio.ui.style.window_drags import WindowDrags

MINIMUM_WIDTH: Final = 300


class StylePanel(QWidget):
    """Shows `session.restyling` and `session.styles`; holds no truth of its own. `settings` know
    the folder that pictures were opened from last. `downloads_wanted` emits when the artist wants
    to see what can be downloaded."""

    downloads_wanted = Signal()

    def __init__(self, session: Session, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self.setMinimumWidth(MINIMUM_WIDTH)
        # Opaque: what is repainted here lets everything behind it be.
        self.setAutoFillBackground(True)
        self._thumbnails = StyleThumbnails(self)
        self.content = ContentWell(session)
        self.style_well = StyleWell(session, self._thumbnails)
        self.shelf = StyleShelf(session, self._thumbnails)
        self.mix = StyleMix(session, self._thumbnails)
        self.details = StyleDetails(session)
        self.bar = ApplyBar(session)
        self._drags = WindowDrags(self)
        self._was_working = False
        self._lay_out()
        self.setFocusProxy(self.shelf)

        self.content.clicked.connect(self._on_content_clicked)
        self.style_well.clicked.connect(self._on_style_wanted)
        self.shelf.add_wanted.connect(self._on_style_wanted)
        self.details.diffusion.downloads_wanted.connect(self.downloads_wanted)
        self._drops = DropFilter(self)
        self._drops.watch(self.shelf.viewport())
        self._drops.dropped.connect(self._on_dropped_on_shelf)
        for target in (self.content, self.style_well, self.shelf):
            self._drags.changed.connect(target.show_target)
        self.watch_drags_of(self.content, self.style_well, self.shelf.viewport())
        self._bindings = Bindings(self)
        self._bindings.add(session.restyling.wishes_changed, self._show_method)
        self._bindings.add(session.restyling.progress_changed, self._on_progress_changed)
        self._bindings.add(session.styles.shelf_changed, self._on_shelf_changed)
        self._show_method()
        session.styles.read()

    def watch_drags_of(self, *widgets: QWidget) -> None:
        """Show where pictures can be dropped while one is dragged over these."""
        for widget in widgets:
            self._drags.watch(widget)

    def _lay_out(self) -> None:
        wells = row(self.content, self.style_well)
        wells.setStretch(0, 1)
        wells.setStretch(1, 1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(theme.SPACE_M, theme.SPACE_XS, theme.SPACE_M, theme.SPACE_M)
        column.setSpacing(theme.SPACE_S)
        column.addLayout(wells)
        column.addWidget(self.details.method)
        column.addWidget(self.shelf, 1)
        column.addWidget(self.mix)
        column.addWidget(self.details)
        # Where there is no shelf, the room is below.
        column.addStretch(0)
        self._scroll = scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        # The bar comes into the margin, so that nothing beside it moves.
        bar = scroll.verticalScrollBar()
        bar.rangeChanged.connect(lambda _low, high: _keep_free(column, bar, is_there=high > 0))
        # The button is in view however low the pane is.
        footer = QFrame()
        footer.setObjectName("PaneFooter")
        bottom = QVBoxLayout(footer)
        bottom.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_S)
        bottom.addWidget(self.bar)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scroll, 1)
        layout.addWidget(footer)

    def _show_method(self) -> None:
        restyling = self._session.restyling
        is_diffusion = restyling.wishes.method is RestyleMethod.DIFFUSION
        takes_pictures = not is_diffusion or restyling.guiding.adapter is not None
        for part in (self.style_well, self.shelf):
            part.setVisible(takes_pictures)

    # Slots

    def _on_progress_changed(self) -> None:
        is_working = self._session.restyling.is_working
        curves = self.details.optimised.curves
        if is_working and not self._was_working and curves.isVisible():
            self._scroll.ensureWidgetVisible(curves)
        self._was_working = is_working

    def _on_shelf_changed(self) -> None:
        self._thumbnails.keep_only(self._session.styles.entries)

    def _on_content_clicked(self) -> None:
        for path in self._ask("Open a picture", one=True):
            self.content.came.emit(path)

    def _on_style_wanted(self) -> None:
        for path in self._ask("Add styles"):
            add_style(self._session, path)

    def _on_dropped_on_shelf(self, picture: Path | QImage, _at: QPoint) -> None:
        add_style(self._session, picture)

    def _ask(self, title: str, *, one: bool = False) -> list[Path]:
        patterns = " ".join(f"*{suffix}" for suffix in sorted(PICTURE_SUFFIXES))
        kinds = f"Pictures ({patterns})"
        folder = self._settings.open_folder
        if one:
            name, _ = QFileDialog.getOpenFileName(self, title, folder, kinds)
            paths = [Path(name)] if name else []
        else:
            names, _ = QFileDialog.getOpenFileNames(self, title, folder, kinds)
            paths = [Path(name) for name in names]
        if paths:
            self._settings.open_folder = str(paths[0].parent)
        return paths

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_Escape and self._session.restyling.trial.is_on:
            self._session.restyling.discard()
        else:
            super().keyPressEvent(event)


def _keep_free(column: QVBoxLayout, bar: QScrollBar, *, is_there: bool) -> None:
    margins = column.contentsMargins()
    margins.setRight(theme.SPACE_M - (bar.sizeHint().width() if is_there else 0))
    column.setContentsMargins(margins)
