"""Generate, which becomes Stop while a job runs, and what the engine is doing before it can."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.engine import EngineState, Job
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.calm import Calm
from studio.ui.controls.fields import row, say, sentence_label
from studio.ui.controls.progress_button import ProgressButton
from studio.ui.controls.tool_button import tool_button
from studio.ui.icons import icon
from studio.ui.session import Session

_ROOM_FOR_QUEUE_PX: Final = 280
_GENERATE_TIP = "Make the picture (Ctrl+Enter)"
_BRANCH_TIP = "Make a picture that branches off the chosen step (Ctrl+Enter)"
_STOP_TIP = "Stop after the step under way (Ctrl+.). Ctrl+Enter queues one more."


class GenerateBar(QWidget):
    """One button with two meanings; while it says Stop, others end the picture as it is by then,
    and queue one more."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._stopping: int | None = None
        self._button = ProgressButton()
        self._queue_button = QPushButton("Queue")
        self._queue_button.setAccessibleName("Queue")
        self._queue_button.setIcon(icon("list-plus"))
        self._queue_button.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
        self._queue_button.setToolTip("Queue one more picture (Ctrl+Enter)")
        theme.set_role(self._queue_button, "queue")
        self.keep_button = tool_button(
            "circle-stop", "Stop here and keep the picture", "Ctrl+Alt+."
        )
        self.keep_button.setFixedSize(theme.PRIMARY_HEIGHT, theme.PRIMARY_HEIGHT)
        self._status = sentence_label("small")
        # Opaque: what is repainted here lets everything behind it be.
        self.setAutoFillBackground(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_XS)
        buttons = row(self._button, self.keep_button, self._queue_button)
        buttons.setStretch(0, 1)
        layout.addLayout(buttons)
        layout.addWidget(self._status)
        self._on_queue_changed()
        self._on_status_changed()
        self._on_drawing_changed()

        self._button.clicked.connect(self._on_button_clicked)
        self._queue_button.clicked.connect(self._on_queue_clicked)
        self.keep_button.clicked.connect(self._on_keep_clicked)
        self._bindings = Bindings(self)
        self._bindings.add(session.engine.queue_changed, self._on_queue_changed)
        self._bindings.add(session.engine.status_changed, self._on_status_changed)
        self._bindings.add(session.jobs.progress_changed, self._on_progress_changed)
        self._bindings.add(session.jobs.drawing_changed, self._on_drawing_changed)
        self._bindings.add(session.draft.events.branch, self._on_queue_changed)
        self._calm = Calm()

    @property
    def button(self) -> QPushButton:
        """The large one: Generate or Stop."""
        return self._button

    @property
    def queue_button(self) -> QPushButton:
        return self._queue_button

    @property
    def _running(self) -> Job | None:
        """The job that Stop would stop; what only tries out a style is over before."""
        running = self._session.engine.running
        is_passing = running is not None and self._session.restyling.trial.is_of(running)
        return None if is_passing else running

    def _on_queue_changed(self) -> None:
        is_running = self._running is not None
        role = "stop" if is_running else "primary"
        if self._button.property("role") != role:
            theme.set_role(self._button, role)
        generate_tip = _GENERATE_TIP if self._session.draft.branch is None else _BRANCH_TIP
        self._button.setToolTip(_STOP_TIP if is_running else generate_tip)
        self._button.setAccessibleName("Stop" if is_running else "Generate")
        self._queue_button.setVisible(is_running)
        self._show_progress()

    def _on_progress_changed(self) -> None:
        if self._calm.lets_through(self._session.jobs.progress):
            self._show_progress()

    def _show_progress(self) -> None:
        running = self._running
        progress = self._session.jobs.progress
        if running is None:
            verb = "Generate" if self._session.draft.branch is None else "Branch"
            self._button.setText(f"{verb}  Ctrl+↵")
            self._button.show_progress(None)
            return
        is_stopping = running.generation == self._stopping
        self._button.setText("Stopping…" if is_stopping else "Stop")
        fraction, detail = 0.0, ""
        if progress is not None:
            fraction = progress.step / progress.total_steps
            if progress.step and not is_stopping:
                detail = f"{progress.step} / {progress.total_steps}"
        self._button.show_progress(fraction, detail)

    def _on_status_changed(self) -> None:
        status = self._session.engine.status
        is_failed = status.state is EngineState.FAILED
        role = "error" if is_failed else "small"
        if self._status.property("role") != role:
            theme.set_role(self._status, role)
        if is_failed:
            say(self._status, status.detail or "The engine could not start.")
        elif status.state is EngineState.WARMING:
            say(self._status, "Warming up; you can already write.")
        else:
            say(self._status, "")

    def _on_button_clicked(self) -> None:
        running = self._running
        if running is None:
            self._session.generation.generate()
            return
        self._stopping = running.generation
        self._session.jobs.stop()
        self._show_progress()

    def _on_keep_clicked(self) -> None:
        if (running := self._running) is not None:
            self._stopping = running.generation
            self._session.branching.stop_here()
            self._show_progress()

    def _on_drawing_changed(self) -> None:
        self.keep_button.setVisible(self._session.jobs.drawing is not None)

    def _on_queue_clicked(self) -> None:
        self._session.generation.generate()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        # In a narrow panel how far it is matters more.
        is_wide = event.size().width() >= _ROOM_FOR_QUEUE_PX
        self._queue_button.setText("Queue" if is_wide else "")
        super().resizeEvent(event)
