"""The table of what pictures took."""

from __future__ import annotations

import csv
import io

from studio.library.energy_csv import COLUMNS, energy_csv
from studio.library.index.energies import EnergyTotal


def test_each_day_and_model_has_a_line() -> None:
    days = [EnergyTotal("2026-11-21", 3, 2, 7.2e6, 946.0), EnergyTotal("2026-11-20", 1, 0, 0, 0)]
    models = [EnergyTotal('moon, "XL"', 4, 2, 7.2e6, 946.0), EnergyTotal("=1+1", 1, 0, 0, 0)]
    header, *lines = csv.reader(io.StringIO(energy_csv(days, models)))
    assert tuple(header) == COLUMNS
    assert lines == [
        ["day", "2026-11-21", "3", "2", "2.000000", "946.000"],
        ["day", "2026-11-20", "1", "0", "", ""],
        ["model", 'moon, "XL"', "4", "2", "2.000000", "946.000"],
        ["model", "'=1+1", "1", "0", "", ""],
    ]
