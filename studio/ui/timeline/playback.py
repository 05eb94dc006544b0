"""Playing the emergence: one step after the other, at a pace and once or round and round."""

from __future__ import annotations

from enum import Enum
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from studio.ui.session import Emergence

FRAMES_PER_SECOND: Final = 12


class Pace(Enum):
    """How quickly the steps follow one another; the value is a factor."""

    SLOW = 0.25
    USUAL = 1.0
    FAST = 2.0


class Playback(QObject):
    """Moves an emergence on while it plays.

    `loops`: begin anew after the last step instead of ending there.
    """

    changed = Signal()
    """It began or ended."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.loops = False
        self._pace = Pace.USUAL
        self._emergence: Emergence | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_frame_due)
        self.set_pace(Pace.USUAL)

    @property
    def is_playing(self) -> bool:
        return self._timer.isActive()

    @property
    def pace(self) -> Pace:
        return self._pace

    def set_pace(self, pace: Pace) -> None:
        """Play that quickly, from now on."""
        self._pace = pace
        self._timer.setInterval(round(1000 / (FRAMES_PER_SECOND * pace.value)))

    def play(self, emergence: Emergence) -> None:
        """Show one step after the other; from the beginning when the end is on show."""
        if emergence.newest_step == 0:
            return
        self._emergence = emergence
        if emergence.follows or emergence.shown_step >= emergence.newest_step:
            emergence.show(1)
        self._timer.start()
        self.changed.emit()

    def stop(self) -> None:
        """End; the step on show stays."""
        if self.is_playing:
            self._timer.stop()
            self._emergence = None
            self.changed.emit()

    def _on_frame_due(self) -> None:
        emergence = self._emergence
        if emergence is None:
            return
        if emergence.shown_step < emergence.newest_step:
            emergence.show(emergence.shown_step + 1)
        elif self.loops and emergence.newest_step > 1:
            emergence.show(1)
        else:
            self.stop()
            emergence.follow()
