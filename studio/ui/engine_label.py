"""What the engine runs on and how fast, in the corner of the menu bar."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from studio.engine import EngineState, EngineStatus
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.calm import Calm
from studio.ui.session import JobStage, Session

_GIB = 2**30
_WIDTH_PX = 420
_UNITS = {JobStage.DENOISING: "it/s", JobStage.UPSCALING: "tiles/s"}


class EngineLabel(QLabel):
    """Device · steps per second while a job runs · memory in use."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._calm = Calm()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName("Engine")
        self.setToolTip("What the pictures are made on, how fast, and the memory in use")
        self.setContentsMargins(theme.SPACE_S, 0, theme.SPACE_M, 0)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        # A menu bar gives its corner the size that it asked for at first; and a size that can't
        # change spares the whole window a new layout with each text.
        self.setFixedSize(_WIDTH_PX, theme.CONTROL_HEIGHT)
        theme.set_role(self, "small")
        self._bindings = Bindings(self)
        self._bindings.add(session.engine.status_changed, self._on_status_changed)
        self._bindings.add(session.jobs.progress_changed, self._on_progress_changed)
        self._show()

    def _on_status_changed(self, _status: EngineStatus) -> None:
        self._show()

    def _on_progress_changed(self) -> None:
        if self._calm.lets_through(self._session.jobs.progress):
            self._show()

    def _show(self) -> None:
        status = self._session.engine.status
        progress = self._session.jobs.progress
        parts = [status.device or "engine"]
        if status.state in (EngineState.COLD, EngineState.WARMING):
            parts.append("warming up")
        elif status.state is EngineState.FAILED:
            parts.append("not working")
        unit = None if progress is None else _UNITS.get(progress.stage)
        if progress is not None and unit is not None and progress.steps_per_second > 0:
            parts.append(f"{progress.steps_per_second:.1f} {unit}")
        if status.memory_bytes > 0:
            parts.append(f"{status.memory_bytes / _GIB:.1f} GiB")
        self.setText("  ·  ".join(parts))
