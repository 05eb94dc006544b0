"""What the engine runs on, how fast and how hot, in the corner of the menu bar."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from studio.engine import EngineState, EngineStatus
from studio.readout import Reading
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.calm import Calm
from studio.ui.session import JobStage, Session

_GIB = 2**30
_WIDTH_PX = 480
_TIP = "What the pictures are made on, how fast, and the memory in use"
_UNITS = {JobStage.DENOISING: "it/s", JobStage.UPSCALING: "tiles/s"}


class EngineLabel(QLabel):
    """Device · steps per second, load, temperature and power while a job runs · memory in use.

    The tooltip tells all that is known of the device at any time.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._calm = Calm()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName("Engine")
        self.setContentsMargins(theme.SPACE_S, 0, theme.SPACE_M, 0)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        # A menu bar gives its corner the size that it asked for at first; and a size that can't
        # change spares the whole window a new layout with each text.
        self.setFixedSize(_WIDTH_PX, theme.CONTROL_HEIGHT)
        theme.set_role(self, "small")
        self._bindings = Bindings(self)
        self._bindings.add(session.engine.status_changed, self._on_status_changed)
        self._bindings.add(session.jobs.progress_changed, self._on_progress_changed)
        self._bindings.add(session.readings.changed, self._on_readings_changed)
        self._show()

    def _on_status_changed(self, _status: EngineStatus) -> None:
        self._show()

    def _on_progress_changed(self) -> None:
        if self._calm.lets_through(self._session.jobs.progress):
            self._show()

    def _on_readings_changed(self) -> None:
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
        readings = self._session.readings
        told = in_words(readings.newest)
        if progress is not None and told:
            parts.append(", ".join(told))
        if status.memory_bytes > 0:
            parts.append(f"{status.memory_bytes / _GIB:.1f} GiB")
        self.setText("  ·  ".join(parts))
        memory = memory_in_words(readings.newest)
        device = f"{readings.of}: {', '.join([*told, *memory])}" if told or memory else ""
        self.setToolTip("\n".join(filter(None, [_TIP, device])))


def in_words(reading: Reading) -> list[str]:
    """“97 %”, “61 °C”, “250 W”: what is known of them."""
    told = []
    if reading.load_percent is not None:
        told.append(f"{reading.load_percent:.0f} %")
    if reading.temperature_c is not None:
        told.append(f"{reading.temperature_c:.0f} °C")
    if reading.power_w is not None:
        told.append(f"{reading.power_w:.0f} W")
    return told


def memory_in_words(reading: Reading) -> list[str]:
    """“6.0 of 24.0 GiB in use by all programs”, if it is known."""
    if not reading.memory_total_bytes:
        return []
    used, total = reading.memory_used_bytes / _GIB, reading.memory_total_bytes / _GIB
    return [f"{used:.1f} of {total:.1f} GiB in use by all programs"]
