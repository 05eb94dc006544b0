"""What the pictures took, as a table for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from studio.domain.making import JOULES_PER_KWH
from studio.library.index.energies import EnergyBy, EnergyTotal

COLUMNS: Final = ("by", "name", "pictures", "measured", "energy_kwh", "co2_g")
_FORMULAS: Final = ("=", "+", "-", "@")


def energy_csv(days: Iterable[EnergyTotal], models: Iterable[EnergyTotal]) -> str:
    """A line for each day and for each model (RFC 4180). Energy and CO2 are those of the measured
    pictures alone, and empty where none was measured."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for by, totals in ((EnergyBy.DAY, days), (EnergyBy.MODEL, models)):
        for total in totals:
            kwh = f"{total.energy_j / JOULES_PER_KWH:.6f}" if total.measured else ""
            co2 = f"{total.co2_g:.3f}" if total.measured else ""
            writer.writerow([by, _plain(total.name), total.pictures, total.measured, kwh, co2])
    return text.getvalue()


def _plain(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name.startswith(_FORMULAS) else name
