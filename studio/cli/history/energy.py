"""`history energy`: what the pictures took."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any, Final

from studio.cli.history.opening import add_action, opened
from studio.domain.making import energy_in_words
from studio.library.index.energies import EnergyBy, EnergyTotal

_WIDTH: Final = 32


def add_actions(actions: Any) -> None:
    parser = add_action(actions, "energy", "tell what the pictures took, and estimated CO2", energy)
    parser.add_argument(
        "--by", choices=list(EnergyBy), type=EnergyBy, default=EnergyBy.DAY, help="(day)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def energy(arguments: argparse.Namespace) -> int:
    """Print totals by day or by model, and of all.

    Raises:
        StorageError: the history can't be opened.
    """
    with opened(arguments) as store:
        totals, whole = store.energies.totals(arguments.by), store.energies.whole()
    if arguments.json:
        told = {"by": arguments.by, "totals": list(map(asdict, totals)), "all": asdict(whole)}
        print(json.dumps(told, ensure_ascii=False))
        return 0
    for total in totals:
        print(in_a_line(total, total.name or "without a model"))
    print(in_a_line(whole, "all"))
    if whole.measured < whole.pictures:
        print(
            f"The energy of {whole.pictures - whole.measured} pictures wasn't measured: they are "
            "older, or nothing here tells it."
        )
    return 0


def in_a_line(total: EnergyTotal, name: str) -> str:
    """One total for people: pictures, watt-hours, grams."""
    count = f"{total.pictures} picture{'' if total.pictures == 1 else 's'}"
    took = "not measured"
    if total.measured:
        took = f"{energy_in_words(total.energy_j)}, about {total.co2_g:.1f} g CO2"
    return f"{name:<{_WIDTH}}  {count:>14}  {took}"
