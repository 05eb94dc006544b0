"""The bar above the canvas that shows how far saving, opening or exporting is, and cancels it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.durations import duration_text
from studio.ui.controls.elided_label import ElidedLabel
from studio.ui.session import LongTask, Session

PATIENCE_MS: Final = 500
INTERVAL_MS: Final = 250
LINE_PX: Final = 3


def task_text(task: LongTask) -> str:
    """What a person wants to know: “Saving “moon.ora” · 40 % · 3 s left”."""
    if task.is_cancelled:
        return f"{task.title} · cancelling"
    if not task.share:
        return f"{task.title}…"
    if task.share >= 1:
        return f"{task.title} · finishing"
    parts = [task.title, f"{task.share:.0%}".replace("%", " %")]
    if task.remaining_s is not None:
        parts.append(f"{duration_text(task.remaining_s)} left")
    return " · ".join(parts)


class TaskBar(QFrame):
    """Shows the oldest of `session.tasks` once it has taken half a second; hidden otherwise.

    It looks at the task four times a second, which is as often as anybody can read.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = session.tasks
        self._share = 0.0
        self._is_leaving = False
        self.setObjectName("TaskBar")
        self.setAccessibleName("Progress of saving or opening")
        self._text = ElidedLabel(parent=self)
        self._cancel = QPushButton("Cancel", self)
        self._cancel.setToolTip("Stop, and leave everything as it was")
        # A click leaves the keys with the canvas.
        self._cancel.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._cancel.clicked.connect(self.cancel)
        row = QHBoxLayout(self)
        row.setSpacing(theme.SPACE_S)
        row.setContentsMargins(theme.SPACE_M, theme.SPACE_XS, theme.SPACE_S, theme.SPACE_XS)
        row.addWidget(self._text, 1)
        row.addWidget(self._cancel)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._on_patience_ended)
        self._ticking = QTimer(self, interval=INTERVAL_MS)
        self._ticking.timeout.connect(self._show_progress)
        self.hide()
        self._bindings = Bindings(self)
        self._bindings.add(self._tasks.changed, self._on_tasks_changed)
        self._on_tasks_changed()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def say_leaving(self, is_leaving: bool) -> None:
        """Say, at once, that the window closes when all is saved; or no longer."""
        self._is_leaving = is_leaving
        if self._tasks.running:
            self._on_patience_ended()

    # What the artist does

    def cancel(self) -> None:
        """End what is shown, leaving everything as it was."""
        if self._tasks.running:
            self._tasks.running[0].cancel()
            self._show_progress()

    # Slots

    def _on_tasks_changed(self) -> None:
        if not self._tasks.running:
            self._patience.stop()
            self._ticking.stop()
            self.hide()
        elif self._ticking.isActive():
            self._show_progress()
        elif not self._patience.isActive():
            self._patience.start()

    def _on_patience_ended(self) -> None:
        self._show_progress()
        self._ticking.start()
        self.show()
        self.raise_()

    # Showing

    def _show_progress(self) -> None:
        task = self._tasks.running[0]
        text = task_text(task)
        if self._is_leaving and task.is_saving:
            text = f"The window closes when it is done: {text}"
        self._text.set_text(text)
        self._cancel.setEnabled(not task.is_cancelled)
        if task.share != self._share:
            self._share = task.share
            self.update()

    # Events

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inside = QPainterPath()
        inside.addRoundedRect(
            QRectF(self.rect()).adjusted(1, 1, -1, -1), theme.RADIUS - 1, theme.RADIUS - 1
        )
        painter.setClipPath(inside)
        line = QRectF(self.rect()).adjusted(1, self.height() - 1 - LINE_PX, -1, -1)
        painter.fillRect(line, theme.color("line"))
        line.setWidth(line.width() * self._share)
        painter.fillRect(line, theme.color("accent"))
