"""How a picture was computed: what no Request decides, and what it cost."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

JOULES_PER_KWH: Final = 3.6e6
_MAX_CHARS: Final = 200
_MAX_WORDS: Final = 16
_MAX_MODELS: Final = 64
_HEX: Final = re.compile("[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True)
class UsedModel:
    """A model, or what changed it, by its title, and its licence's id as it was then; empty where
    that isn't known."""

    title: str
    licence: str = ""

    def __str__(self) -> str:
        return f"{self.title} ({self.licence or 'licence unknown'})"


@dataclass(frozen=True, slots=True)
class FileHash:
    """The beginning of a hash by which other programs know a file, in hex: of a "lora" by its name,
    an "embedding" or the "model"."""

    kind: str
    name: str
    digits: str


@dataclass(frozen=True, slots=True)
class Making:
    """The device and the numbers that a picture was computed with, and its energy.

    `precision` ("fp16"), `quantization` ("nf4", empty for none) and `ways` (names of fast modes,
    "tiles" for decoding in tiles) can each change pixels a little: with the same ones, the same
    request gives the same pixels. `energy_j` is what `energy_of` ("GPU", "CPU") took from the
    job's start to its end, other programs' share included; None where nothing measures it.
    `grid_g_per_kwh` is the carbon intensity that was set at that time. `models` are all that drew
    it, with their licences, and `hashes` those of their files as far as they were known.
    """

    device: str = ""
    precision: str = ""
    quantization: str = ""
    ways: tuple[str, ...] = ()
    energy_j: float | None = None
    energy_of: str = ""
    grid_g_per_kwh: float | None = None
    models: tuple[UsedModel, ...] = ()
    hashes: tuple[FileHash, ...] = ()

    @property
    def co2_g(self) -> float | None:
        """Estimated grams of CO2 for the energy; None where it isn't known."""
        if self.energy_j is None or self.grid_g_per_kwh is None:
            return None
        return self.energy_j / JOULES_PER_KWH * self.grid_g_per_kwh

    @property
    def how(self) -> str:
        """“fp16, nf4 weights, tiles, A card”: on what, and in which numbers."""
        weights = f"{self.quantization} weights" if self.quantization else ""
        told = (self.precision, weights, *self.ways, self.device)
        return ", ".join(word for word in told if word)

    @property
    def cost(self) -> str:
        """“0.52 Wh by the GPU, about 0.2 g CO2”; empty where nothing measured it."""
        if self.energy_j is None:
            return ""
        told = f"{energy_in_words(self.energy_j)} by the {self.energy_of or 'machine'}"
        return told if self.co2_g is None else f"{told}, about {self.co2_g:.2g} g CO2"

    @property
    def licences(self) -> str:
        """“Juggernaut XL (openrail++), Moody (licence unknown)”; empty where nothing is known."""
        return ", ".join(map(str, self.models))

    def to_record(self) -> dict[str, Any]:
        """What `from_record` reads, without what isn't known."""
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        told["ways"] = list(self.ways)
        told["models"] = [[used.title, used.licence] for used in self.models]
        told["hashes"] = [[one.kind, one.name, one.digits] for one in self.hashes]
        return {name: value for name, value in told.items() if value not in ("", None, [])}

    @classmethod
    def from_record(cls, record: object) -> Making | None:
        """From JSON of a file or row that nobody vouches for; None if there is nothing in it."""
        if not isinstance(record, Mapping):
            return None
        ways = record.get("ways")
        words = ways[:_MAX_WORDS] if isinstance(ways, list) else []
        making = cls(
            device=_text(record.get("device")),
            precision=_text(record.get("precision")),
            quantization=_text(record.get("quantization")),
            ways=tuple(_text(word) for word in words if _text(word)),
            energy_j=_amount(record.get("energy_j")),
            energy_of=_text(record.get("energy_of")),
            grid_g_per_kwh=_amount(record.get("grid_g_per_kwh")),
            models=_used(record.get("models")),
            hashes=_hashes(record.get("hashes")),
        )
        return None if making == cls() else making


def energy_in_words(joules: float) -> str:
    """Watt-hours, or kilowatt-hours from one on."""
    kilowatt_hours = joules / JOULES_PER_KWH
    if kilowatt_hours >= 1:
        return f"{kilowatt_hours:.2f} kWh"
    return f"{kilowatt_hours * 1000:.2f} Wh"


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():
        return ""
    return value[:_MAX_CHARS]


def _used(value: object) -> tuple[UsedModel, ...]:
    entries = value[:_MAX_MODELS] if isinstance(value, list) else []
    pairs = [entry for entry in entries if isinstance(entry, list) and len(entry) == 2]
    return tuple(
        UsedModel(_text(title), _text(licence)) for title, licence in pairs if _text(title)
    )


def _hashes(value: object) -> tuple[FileHash, ...]:
    entries = value[:_MAX_MODELS] if isinstance(value, list) else []
    told = [
        FileHash(*map(_text, entry))
        for entry in entries
        if isinstance(entry, list) and len(entry) == 3
    ]
    return tuple(one for one in told if one.name and _HEX.fullmatch(one.digits))


def _amount(value: object) -> float | None:
    if type(value) not in (int, float):
        return None
    number = float(value)  # type: ignore[arg-type]
    return number if 0 <= number < math.inf else None
