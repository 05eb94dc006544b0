"""What the pictures of the history took: energy and estimated CO2, by day and by model."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from studio.library.index.connections import Connections


class EnergyBy(StrEnum):
    """What totals are told apart by."""

    DAY = "day"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class EnergyTotal:
    """What some pictures took together.

    `name` is a model, a day (2026-11-21) or empty for all. `pictures` were made here; of `measured`
    the energy is known, and `energy_j` and `co2_g` are the sums of these alone.
    """

    name: str
    pictures: int
    measured: int
    energy_j: float
    co2_g: float


_SUMS: Final = (
    "count(*), count(makings.energy_j), total(makings.energy_j), total(makings.co2_g)"
    " FROM pictures LEFT JOIN makings ON makings.picture_id = pictures.id"
    " WHERE pictures.request_digest <> ''"
)
_BY_DAY: Final = f"SELECT day, {_SUMS} GROUP BY day ORDER BY day DESC"
_BY_MODEL: Final = f"SELECT model, {_SUMS} GROUP BY model ORDER BY 4 DESC, model"
_OF_ALL: Final = f"SELECT '', {_SUMS}"


class Energies:
    """Sums over the rows of one history; a deleted picture's energy was spent and is forgotten with
    it. Blocking; safe to use from any thread. Every method may raise StorageError."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def totals(self, by: EnergyBy) -> list[EnergyTotal]:
        """The newest day, or the model that took most, first."""
        if by is EnergyBy.MODEL:
            return [EnergyTotal(*row) for row in self._connections.rows(_BY_MODEL, ())]
        rows = self._connections.rows(_BY_DAY, ())
        return [EnergyTotal(_day(day), *sums) for day, *sums in rows]

    def whole(self) -> EnergyTotal:
        """Of all pictures together."""
        return EnergyTotal(*self._connections.rows(_OF_ALL, ())[0])


def _day(number: int) -> str:
    return f"{number // 10_000:04}-{number // 100 % 100:02}-{number % 100:02}"
