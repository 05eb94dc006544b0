"""What the machine does while it paints, looked at once in a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar, Final

from psygnal import Signal

from studio.engine import Engine, EngineState
from studio.readout import Reading, Sensor
from studio.ui.session.background import Background

BUSY_S: Final = 1.0
IDLE_S: Final = 5.0


class Readings:
    """The newest reading of the device: every second while a job runs, else every five.

    Signals:
        changed(): there is another `newest`.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(
        self, open_sensor: Callable[[], Sensor], engine: Engine, background: Background
    ) -> None:
        self.newest = Reading()
        self.of = ""
        self._open_sensor = open_sensor
        self._engine = engine
        self._background = background

    def begin(self) -> None:
        """Look from now on, until the session is closed."""
        self._background.start(self._go_on)

    async def look(self, sensor: Sensor) -> None:
        """Look once. A driver may take its time: the loop doesn't wait for it."""
        reading = await asyncio.to_thread(sensor.read)
        if reading != self.newest:
            self.newest = reading
            self.changed.emit()

    async def _go_on(self) -> None:
        sensor = await asyncio.to_thread(self._open_sensor)
        self.of = sensor.name
        while True:
            await self.look(sensor)
            is_busy = self._engine.status.state is EngineState.BUSY
            await asyncio.sleep(BUSY_S if is_busy else IDLE_S)
