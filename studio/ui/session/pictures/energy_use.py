"""What the pictures of the history took, to be shown and written to a file."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from psygnal import Signal

from studio.library import Library
from studio.library.energy_csv import energy_csv
from studio.library.files.disk import Disk, storage_errors
from studio.library.index.energies import EnergyBy, EnergyTotal
from studio.ui.session.background import Background
from studio.ui.session.messages import Messages, Notice


@dataclass(frozen=True, slots=True)
class EnergyReport:
    """Totals by day and by model, and of all pictures together."""

    days: tuple[EnergyTotal, ...]
    models: tuple[EnergyTotal, ...]
    whole: EnergyTotal

    def of(self, by: EnergyBy) -> tuple[EnergyTotal, ...]:
        return self.days if by is EnergyBy.DAY else self.models


class EnergyUse:
    """The totals as they were when somebody last asked; `report` is None before.

    Signals:
        changed(): there is another `report`.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(
        self, library: Library, disk: Disk, messages: Messages, background: Background
    ) -> None:
        self.report: EnergyReport | None = None
        self._library = library
        self._disk = disk
        self._messages = messages
        self._background = background

    def refresh(self) -> None:
        """Ask the history, on another thread."""
        self._background.start(self._refresh)

    def export(self, path: Path) -> None:
        """Write the totals to a CSV file, which is replaced if it is there."""
        self._background.complete(self._export, path)

    async def _export(self, path: Path) -> None:
        await asyncio.to_thread(self._write, path)
        said = Notice(f"The energy of your pictures is in “{path.name}”.", is_error=False)
        self._messages.notice.emit(said)

    async def _refresh(self) -> None:
        report = await asyncio.to_thread(self._read)
        if report != self.report:
            self.report = report
            self.changed.emit()

    def _read(self) -> EnergyReport:
        energies = self._library.store.energies
        days, models = (tuple(energies.totals(by)) for by in (EnergyBy.DAY, EnergyBy.MODEL))
        return EnergyReport(days, models, energies.whole())

    def _write(self, path: Path) -> None:
        report = self._read()
        with storage_errors(path):
            self._disk.replace(path, energy_csv(report.days, report.models).encode())
