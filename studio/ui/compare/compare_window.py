"""The window in which pictures of the history are compared."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMenu, QSplitter, QVBoxLayout, QWidget

from studio.domain.errors import StudioError
from studio.library import Picture
from studio.ui import theme
from studio.ui.actions import Action, fill_menu, make
from studio.ui.bindings import Bindings
from studio.ui.compare.compared_pictures import ComparedPictures, Mode
from studio.ui.compare.difference_panel import DifferencePanel
from studio.ui.controls.choice_row import ChoiceRow
from studio.ui.controls.fields import plain_label
from studio.ui.controls.tasks import Tasks
from studio.ui.controls.tool_button import tool_button
from studio.ui.session import Session

_SIZE: Final = QSize(1280, 800)
_MODES: Final = {
    Mode.GRID: ("Side by side", "All pictures beside each other (S)"),
    Mode.SLIDER: ("Slider", "Both in one place, with a line between them to drag (S)"),
}
_NUMBERS: Final = {Qt.Key.Key_1: 0, Qt.Key.Key_2: 1, Qt.Key.Key_3: 2, Qt.Key.Key_4: 3}


class CompareWindow(QDialog):
    """A window of its own beside the studio's, so that the pictures get all the room there is and
    the canvas stays as it is. It is deleted when it is closed.

    Tab goes through the pictures, 1 to 4 give one all the room (pressed in turn they flicker in
    one place), S changes to the slider and back, D hides the differences, Escape goes back one.
    """

    def __init__(
        self, session: Session, pictures: Sequence[Picture], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._session = session
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self._mode = ChoiceRow("How to compare", _MODES)
        self._zoom = plain_label("–", "quiet")
        self._zoom.setAccessibleName("Zoom")
        self._zoom.setFixedWidth(self._zoom.fontMetrics().horizontalAdvance("3200 %") + 8)
        self._zoom.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._panel_button = tool_button("list-ordered", "Differences of their requests", "D")
        self._panel_button.setCheckable(True)
        self._panel_button.setChecked(True)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._lay_out()
        self._add_actions()
        self._tasks = Tasks(self)
        self._mode.chosen.connect(lambda mode: self._shown.set_mode(Mode(mode)))
        self._panel_button.toggled.connect(self._on_panel_toggled)
        self._bindings = Bindings(self)
        self._bindings.add(session.library.removed, self._on_removed)
        self._take(pictures)

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """What is compared, in order."""
        return self._pictures

    @property
    def shown(self) -> ComparedPictures:
        return self._shown

    @property
    def differences(self) -> DifferencePanel:
        return self._differences

    # What the artist does

    def toggle_slider(self) -> None:
        """Two pictures under one line, or beside each other again."""
        if len(self._pictures) == 2:
            is_slider = self._shown.mode is Mode.SLIDER
            self._shown.set_mode(Mode.GRID if is_slider else Mode.SLIDER)

    def back_out(self) -> None:
        """From one picture back to all, from all back to the studio."""
        if self._shown.alone is not None:
            self._shown.show_all()
        else:
            self.close()

    def menu_for(self, picture: Picture) -> QMenu:
        """What can be done with one of the pictures."""
        history = self._session.history
        menu = QMenu(self)
        fill_menu(
            menu,
            menu,
            [
                Action("Show on the canvas", lambda: history.show(picture), icon="eye"),
                Action("Use its settings", lambda: history.use_settings(picture), icon="undo-2"),
                None,
                Action("Move to trash", lambda: history.move_to_trash([picture]), icon="trash-2"),
            ],
        )
        return menu

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(theme.SPACE_M, theme.SPACE_XS, theme.SPACE_M, theme.SPACE_XS)
        bar.setSpacing(theme.SPACE_XS)
        zoom_out = tool_button("zoom-out", "Zoom out", "Ctrl+−")
        zoom_out.clicked.connect(lambda: self._shown.zoom_out())
        zoom_in = tool_button("zoom-in", "Zoom in", "Ctrl++")
        zoom_in.clicked.connect(lambda: self._shown.zoom_in())
        fit = tool_button("scan", "Fit the pictures into the view", "Ctrl+0")
        fit.clicked.connect(lambda: self._shown.fit())
        bar.addWidget(self._mode)
        bar.addStretch(1)
        for widget in (zoom_out, self._zoom, zoom_in, fit, self._panel_button):
            bar.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self._split, 1)
        self.resize(_SIZE)

    def _add_actions(self) -> None:
        for action in (
            Action("Fit the pictures", lambda: self._shown.fit(), ("Ctrl+0",)),
            Action("Actual pixels", lambda: self._shown.actual_size(), ("Ctrl+1",)),
            Action("Zoom in", lambda: self._shown.zoom_in(), ("Ctrl++", "Ctrl+=")),
            Action("Zoom out", lambda: self._shown.zoom_out(), ("Ctrl+-",)),
            Action("Close", self.close, ("Ctrl+W",)),
        ):
            self.addAction(make(action, self))

    # What is compared

    def _take(self, pictures: Sequence[Picture]) -> None:
        self._tasks.cancel()
        while (old := self._split.widget(0)) is not None:
            old.setParent(None)
            old.deleteLater()
        self._pictures = tuple(pictures)
        self.setWindowTitle(f"Compare {len(pictures)} pictures")
        self._mode.setVisible(len(pictures) == 2)
        self._mode.set_value(Mode.GRID)
        self._shown = ComparedPictures(pictures)
        self._differences = DifferencePanel(pictures)
        self._differences.setVisible(self._panel_button.isChecked())
        self._shown.zoom_changed.connect(self._on_zoom_changed)
        self._shown.arranged.connect(self._on_arranged)
        self._shown.menu_wanted.connect(self._on_menu_wanted)
        self._split.addWidget(self._shown)
        self._split.addWidget(self._differences)
        self._split.setStretchFactor(self._split.indexOf(self._shown), 1)
        for index, picture in enumerate(pictures):
            self._tasks.start(self._load(self._shown, index, picture))
        self._shown.views[0].setFocus()

    async def _load(self, shown: ComparedPictures, index: int, picture: Picture) -> None:
        try:
            pixels = await asyncio.to_thread(self._session.library.pixels, picture)
        except StudioError as error:
            shown.set_pixels(index, None)
            self._session.messages.tell(error)
        else:
            shown.set_pixels(index, pixels)

    # Slots

    def _on_zoom_changed(self, zoom: float) -> None:
        self._zoom.setText(f"{zoom * 100:.0f} %")

    def _on_arranged(self) -> None:
        self._mode.set_value(self._shown.mode)

    def _on_panel_toggled(self, is_wanted: bool) -> None:
        self._differences.setVisible(is_wanted)

    def _on_menu_wanted(self, index: int, place: QPoint) -> None:
        menu = self.menu_for(self._pictures[index])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _on_removed(self, pictures: list[Picture]) -> None:
        """What went to the trash is no longer compared; one picture alone is no comparison."""
        gone = {picture.id for picture in pictures}
        left = [picture for picture in self._pictures if picture.id not in gone]
        if len(left) < 2:
            self.close()
        elif len(left) < len(self._pictures):
            self._take(left)

    # Events

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        key = Qt.Key(event.key())
        if key in _NUMBERS and _NUMBERS[key] < len(self._pictures):
            self._shown.toggle_alone(_NUMBERS[key])
        elif key == Qt.Key.Key_S:
            self.toggle_slider()
        elif key == Qt.Key.Key_D:
            self._panel_button.toggle()
        elif key == Qt.Key.Key_Escape:
            self.back_out()
        else:
            super().keyPressEvent(event)
