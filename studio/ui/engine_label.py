"""What the engine runs on, how fast and how hot, in the corner of the menu bar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel, QWidget

from studio.engine import EngineState, EngineStatus
from studio.readout import Reading
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_tooltip
from studio.ui.session import JobStage, Session

_GIB: Final = 2**30
_WIDTH_PX: Final = 480
_INTERVAL_MS: Final = 1000
_GAP: Final = "  ·  "
# As wide as a figure: a number that loses one stays as wide as it was.
_FIGURE_SPACE: Final = "\u2007"
_TIP: Final = "What the pictures are made on. Click for what can be decided about it"
_UNITS: Final = {JobStage.DENOISING: "it/s", JobStage.UPSCALING: "tiles/s"}
_GPU: Final = "GPU"


class EngineLabel(QLabel):
    """Device · steps per second while a job runs · load, temperature, power · memory in use.

    Numbers change once a second at most, and each keeps room for its figures: nothing jumps. The
    tooltip tells all that is known; a click shows what can be decided about the engine.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._shown: tuple[object, ...] = ()
        self._is_stale = False
        self._rest = QTimer(self, singleShot=True, interval=_INTERVAL_MS)
        self._rest.timeout.connect(self._on_rested)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName("Engine")
        self.setContentsMargins(theme.SPACE_S, 0, theme.SPACE_M, 0)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # A menu bar gives its corner the size that it asked for at first; and a size that can't
        # change spares the whole window a new layout with each text.
        self.setFixedSize(_WIDTH_PX, theme.CONTROL_HEIGHT)
        theme.set_role(self, "small")
        self._bindings = Bindings(self)
        self._bindings.add(session.engine.status_changed, self._on_status_changed)
        self._bindings.add(session.jobs.progress_changed, self._refresh)
        self._bindings.add(session.readings.changed, self._refresh)
        self._refresh()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        is_click = event.button() is Qt.MouseButton.LeftButton
        if is_click and self.rect().contains(event.position().toPoint()):
            self._session.models.engine_wanted.emit()
        super().mouseReleaseEvent(event)

    def _on_status_changed(self, _status: EngineStatus) -> None:
        self._refresh()

    def _refresh(self) -> None:
        """Show what is new: another state at once, other numbers when the last ones were read."""
        status, progress = self._session.engine.status, self._session.jobs.progress
        state = (status.state, status.device, None if progress is None else progress.stage)
        if state == self._shown and self._rest.isActive():
            self._is_stale = True
            return
        self._shown = state
        self._is_stale = False
        self._rest.start()
        self.setText(_GAP.join(self._parts()))
        lines = "\n".join(filter(None, [_TIP, *self._lines()]))
        self.setToolTip(plain_tooltip(lines))

    def _on_rested(self) -> None:
        if self._is_stale:
            self._refresh()

    def _parts(self) -> Iterator[str]:
        status, readings = self._session.engine.status, self._session.readings
        yield status.device or "engine"
        if status.state in (EngineState.COLD, EngineState.WARMING):
            yield "warming up"
        elif status.state is EngineState.FAILED:
            yield "not working"
        if pace := self._pace():
            yield pace
        newest = readings.newest
        # A processor's other numbers are in the tooltip.
        reading = newest if readings.of == _GPU else Reading(newest.load_percent)
        if told := in_words(reading):
            yield ", ".join(told)
        if newest.memory_total_bytes:
            used, total = newest.memory_used_bytes / _GIB, newest.memory_total_bytes / _GIB
            yield f"{_padded(f'{used:.1f}', 4)} of {total:.0f} GiB"
        elif status.memory_bytes:
            yield f"{status.memory_bytes / _GIB:.1f} GiB"

    def _pace(self) -> str:
        progress = self._session.jobs.progress
        unit = None if progress is None else _UNITS.get(progress.stage)
        if progress is None or unit is None or progress.steps_per_second <= 0:
            return ""
        return f"{_padded(f'{progress.steps_per_second:.1f}', 4)} {unit}"

    def _lines(self) -> Iterator[str]:
        status, readings = self._session.engine.status, self._session.readings
        yield status.device
        yield self._pace()
        if told := [*in_words(readings.newest), *memory_in_words(readings.newest)]:
            yield f"{readings.of}: {', '.join(told)}"
        if status.memory_bytes:
            yield f"The studio takes {status.memory_bytes / _GIB:.1f} GiB of it"


def in_words(reading: Reading) -> list[str]:
    """“97 %”, “61 °C”, “250 W”: what is known of them, each as wide as its largest value."""
    told = []
    if reading.load_percent is not None:
        told.append(f"{_padded(f'{reading.load_percent:.0f}', 3)} %")
    if reading.temperature_c is not None:
        told.append(f"{_padded(f'{reading.temperature_c:.0f}', 2)} °C")
    if reading.power_w is not None:
        told.append(f"{_padded(f'{reading.power_w:.0f}', 3)} W")
    return told


def memory_in_words(reading: Reading) -> list[str]:
    """“6.0 of 24.0 GiB in use by all programs”, if it is known."""
    if not reading.memory_total_bytes:
        return []
    used, total = reading.memory_used_bytes / _GIB, reading.memory_total_bytes / _GIB
    return [f"{used:.1f} of {total:.1f} GiB in use by all programs"]


def _padded(number: str, figures: int) -> str:
    return number.rjust(figures, _FIGURE_SPACE)
