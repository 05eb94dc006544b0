"""The timeline below the canvas: scrub, play and follow the steps of the picture on show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QElapsedTimer, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.icons import icon
from studio.ui.session import Emergence, Session
from studio.ui.timeline.playback import Playback
from studio.ui.timeline.step_actions import StepActions
from studio.ui.timeline.step_menu import step_menu
from studio.ui.timeline.timeline_strip import TimelineStrip

REST_MS: Final = 250
NARROW: Final = 640
FEW: Final = 360
NO_PICTURE: Final = "Each step of a picture appears here, to be seen again."
NO_STEPS: Final = "There are no steps of this picture."


class TimelinePanel(QWidget):
    """Binds the strip and its buttons to `session.shown.emergence`."""

    export_requested = Signal()
    """The artist wants the emergence as a file."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._bindings = Bindings(self)
        self._emergence: Emergence | None = None
        self._reserved_for = -1  # the number of steps that the label has room for
        self._play_icon = "play"
        self.setObjectName("TimelinePanel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Timeline")

        self.playback = Playback(self)
        self.playback.changed.connect(self._refresh)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._show_newest)
        self._since_newest = QElapsedTimer()
        self._play = self._button(
            self._play_icon,
            "Play the emergence (Ctrl+Space, or Space on the timeline)",
            self.toggle_play,
        )
        self._previous = self._button(
            "chevron-left", "Previous step (Ctrl+Left)", self.previous_step
        )
        self._next = self._button("chevron-right", "Next step (Ctrl+Right)", self.next_step)
        self._strip = TimelineStrip(self)
        self._strip.step_requested.connect(self._on_step_requested)
        self._strip.end_requested.connect(self.follow)
        self._strip.play_requested.connect(self.toggle_play)
        self._strip.parent_requested.connect(session.branching.show_parent)
        self._strip.menu_requested.connect(self.show_menu)
        self._actions = StepActions(session, self)
        self._actions.menu_requested.connect(self.show_menu)
        self._end = QToolButton(self)
        self._end.setCheckable(True)
        self._end.clicked.connect(self.follow)
        self._label = QLabel(self)
        self._label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        theme.set_role(self._label, "quiet")
        self._empty = QLabel(self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        theme.set_role(self._empty, "quiet")

        self._controls = QWidget(self)
        # Opaque: what is repainted here lets everything behind it be.
        self._controls.setAutoFillBackground(True)
        self._grid = QGridLayout(self._controls)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.SPACE_S)
        self._grid.setVerticalSpacing(theme.SPACE_XS)
        self._grid.setColumnStretch(1, 1)
        self._grid.addLayout(_row(self._play, self._previous, self._next), 0, 0)
        self._grid.addLayout(_row(self._end, self._label, self._actions), 0, 2)
        self._pages = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_M, theme.SPACE_XS, theme.SPACE_M, theme.SPACE_S)
        column.addWidget(self._pages)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._controls)

        self._bindings.add(session.shown.emergence_changed, self._on_emergence_changed)
        self._on_emergence_changed()

    def _button(self, icon_name: str, text: str, action: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(icon_name))
        button.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
        button.setToolTip(text)
        button.setAccessibleName(text.partition(" (")[0])
        button.clicked.connect(action)
        return button

    # What the artist does

    def previous_step(self) -> None:
        """Show the step before the one shown."""
        self._on_step_requested(self._shown_step() - 1)

    def next_step(self) -> None:
        """Show the step after the one shown."""
        self._on_step_requested(self._shown_step() + 1)

    def follow(self) -> None:
        """Show the newest step, or the finished picture, from now on."""
        self.stop()
        if self._emergence is not None:
            self._emergence.follow()
        self._refresh()

    def play(self) -> None:
        """Show one step after the other; from the beginning when the end is on show."""
        if self._emergence is not None:
            self.playback.play(self._emergence)

    def stop(self) -> None:
        """Stop playing; the step on show stays."""
        self.playback.stop()

    def toggle_play(self) -> None:
        """Play, or stop when it plays."""
        if self.is_playing:
            self.stop()
        else:
            self.play()

    @property
    def is_playing(self) -> bool:
        return self.playback.is_playing

    def show_menu(self, at: QPoint) -> None:
        """Show all that can be done with the step on show, above a place of the screen."""
        menu = step_menu(self._session, self.playback, self.export_requested.emit)
        menu.exec(QPoint(at.x(), at.y() - menu.sizeHint().height()))
        menu.deleteLater()

    # Slots

    def _on_emergence_changed(self) -> None:
        self.playback.stop()
        if self._emergence is not None:
            self._bindings.remove(self._emergence.frames_changed, self._on_frames_changed)
            self._bindings.remove(self._emergence.shown_changed, self._on_shown_changed)
        self._emergence = self._session.shown.emergence
        if self._emergence is not None:
            self._bindings.add(self._emergence.frames_changed, self._on_frames_changed)
            self._bindings.add(self._emergence.shown_changed, self._on_shown_changed)
        self._strip.set_emergence(self._emergence)
        self._refresh()

    def _on_frames_changed(self) -> None:
        # While it follows, what is shown changes with the frames and is announced next.
        if self._emergence is not None and not self._emergence.follows:
            self._follow_along()

    def _on_shown_changed(self) -> None:
        emergence = self._emergence
        if emergence is not None and emergence.follows and not emergence.is_complete:
            self._follow_along()
        else:
            self._refresh()

    def _follow_along(self) -> None:
        """Show the newest step, four times a second at most: eyes are on the canvas now."""
        passed = self._since_newest.elapsed() if self._since_newest.isValid() else REST_MS
        if passed >= REST_MS:
            self._show_newest()
        elif not self._rest.isActive():
            self._rest.start(REST_MS - passed)

    def _show_newest(self) -> None:
        self._since_newest.start()
        self._refresh()

    def _on_step_requested(self, step: int) -> None:
        self.playback.stop()
        if self._emergence is not None and self._emergence.newest_step > 0:
            self._emergence.show(step)
        self._refresh()

    # Showing

    def _shown_step(self) -> int:
        return 0 if self._emergence is None else self._emergence.shown_step

    def _refresh(self) -> None:
        self._rest.stop()
        emergence = self._emergence
        has_steps = emergence is not None and emergence.total_steps > 0
        self._reserve_sizes(0 if emergence is None else emergence.total_steps)
        self._pages.setCurrentWidget(self._controls if has_steps else self._empty)
        self._empty.setText(NO_PICTURE if emergence is None else NO_STEPS)
        self._strip.refresh()
        self._actions.refresh()
        if emergence is None:
            return
        shown, newest = emergence.shown_step, emergence.newest_step
        self._label.setText(f"step {shown} / {emergence.total_steps}")
        self._previous.setEnabled(shown > 1)
        self._next.setEnabled(shown < newest)
        self._play.setEnabled(emergence.has_frames)
        self._show_playing(self.is_playing)
        self._show_end(emergence)
        self._end.setChecked(emergence.follows)

    def _reserve_sizes(self, total_steps: int) -> None:
        # Texts change while a picture emerges: nothing may move because of it, nor be laid out.
        if total_steps == self._reserved_for:
            return
        self._reserved_for = total_steps
        metrics = self._label.fontMetrics()
        widest = metrics.horizontalAdvance(f"step {total_steps} / {total_steps}")
        self._label.setFixedSize(widest + theme.SPACE_S, theme.CONTROL_HEIGHT)
        width = metrics.horizontalAdvance("Finished") + 2 * theme.SPACE_M
        self._end.setFixedSize(width, theme.CONTROL_HEIGHT)

    def _show_playing(self, playing: bool) -> None:
        name = "square" if playing else "play"
        if name != self._play_icon:
            self._play_icon = name
            self._play.setIcon(icon(name))

    def _show_end(self, emergence: Emergence) -> None:
        if not emergence.is_complete:
            text, tip = "Live", "Show each step as it comes (End)"
        elif emergence.newest_step < emergence.total_steps:
            text, tip = "Kept", "Show the picture as it was kept after this step (End)"
        else:
            text, tip = "Finished", "Show the finished picture (End)"
        if text != self._end.text():
            self._end.setText(text)
            self._end.setToolTip(tip)

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if event.size().width() < NARROW:
            self._grid.addWidget(self._strip, 1, 0, 1, 3)
        else:
            self._grid.addWidget(self._strip, 0, 1)
        self._actions.set_few(event.size().width() < FEW)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_Escape and self.is_playing:
            self.stop()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        self.playback.stop()
        self._rest.stop()
        super().hideEvent(event)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(theme.SPACE_XS)
    for widget in widgets:
        row.addWidget(widget)
    return row
