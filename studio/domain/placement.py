"""Where a model's parts lie and in which numbers they compute: what the artist may decide.

None of this belongs to a Request: it describes the machine, not the picture. Where it changes
pixels nevertheless (precision, quantisation, decoding in tiles, a lossy fast mode), the picture's
`Making` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Precision(StrEnum):
    """The numbers that a model computes in."""

    FP32 = "fp32"
    FP16 = "fp16"
    BF16 = "bf16"

    @property
    def bytes(self) -> int:
        return 4 if self is Precision.FP32 else 2


class Offload(StrEnum):
    """What stays on the device while nobody computes with it, from most to least.

    NONE: everything. MODEL: the part at work (text encoder, denoiser or autoencoder), the others
    wait in the machine's memory. GROUP: the block at work, and the next one on its way.
    SEQUENTIAL: the layer at work. All give the same picture.
    """

    NONE = "none"
    MODEL = "model"
    GROUP = "group"
    SEQUENTIAL = "sequential"


class Quantization(StrEnum):
    """How the denoiser's weights are stored. All but NONE change the picture somewhat.

    GGUF is what such a file is; it can't be made from another.
    """

    NONE = "none"
    FP8 = "fp8"
    INT8 = "int8"
    NF4 = "nf4"
    GGUF = "gguf"


class Attention(StrEnum):
    """By whose kernels attention is computed; the names are diffusers' own."""

    NATIVE = "native"
    FLASH = "flash"
    SAGE = "sage"
    XFORMERS = "xformers"


@dataclass(frozen=True, slots=True)
class PlacementWishes:
    """What the artist wants; None leaves it to the studio.

    `tiles`: whether pictures are decoded in tiles. `fast` names entries of the table of fast modes.
    `keep_warm` is how many models may stay loaded.
    """

    precision: Precision | None = None
    offload: Offload | None = None
    attention: Attention | None = None
    tiles: bool | None = None
    quantization: Quantization = Quantization.NONE
    fast: tuple[str, ...] = ()
    keep_warm: int = 2

    def to_record(self) -> dict[str, Any]:
        """What `from_record` reads; only what was wished for."""
        record: dict[str, Any] = {}
        usual = PlacementWishes()
        for name in _FIELDS:
            value = getattr(self, name)
            if value != getattr(usual, name):
                record[name] = list(value) if name == "fast" else value
        return record

    @classmethod
    def from_record(cls, record: Any) -> PlacementWishes:
        """Wishes from JSON. What can't be read counts as not wished for."""
        if not isinstance(record, Mapping):
            return cls()
        fast, warm, tiles = record.get("fast"), record.get("keep_warm"), record.get("tiles")
        return cls(
            precision=_one_of(Precision, record.get("precision")),
            offload=_one_of(Offload, record.get("offload")),
            attention=_one_of(Attention, record.get("attention")),
            tiles=tiles if isinstance(tiles, bool) else None,
            quantization=_one_of(Quantization, record.get("quantization")) or Quantization.NONE,
            fast=tuple(x for x in fast if isinstance(x, str)) if isinstance(fast, list) else (),
            keep_warm=warm if type(warm) is int and 1 <= warm <= MOST_WARM else 2,
        )


WORLD_G_PER_KWH: Final = 473.0
"""Grams of CO2 for a kilowatt-hour, the world's average of 2024 (Ember, Global Electricity Review
2025). Between 30 and 700 from country to country: the artist sets their own."""


@dataclass(frozen=True, slots=True)
class EngineWishes:
    """The wishes for all models, and those for some by name, which take their place.

    `grid_g_per_kwh` is the carbon intensity of the electricity, by which CO2 is estimated.
    """

    usual: PlacementWishes = PlacementWishes()
    of_models: Mapping[str, PlacementWishes] = field(default_factory=dict)
    grid_g_per_kwh: float = WORLD_G_PER_KWH

    def of(self, model: str) -> PlacementWishes:
        return self.of_models.get(model, self.usual)

    def to_record(self) -> dict[str, Any]:
        """What `from_record` reads."""
        return {
            "usual": self.usual.to_record(),
            "models": {name: wishes.to_record() for name, wishes in self.of_models.items()},
            "grid_g_per_kwh": self.grid_g_per_kwh,
        }

    @classmethod
    def from_record(cls, record: Any) -> EngineWishes:
        """Wishes from JSON. What can't be read counts as not wished for."""
        if not isinstance(record, Mapping):
            return cls()
        models: Any = record.get("models")
        grid: Any = record.get("grid_g_per_kwh")
        if not isinstance(models, Mapping):
            models = {}
        is_known = type(grid) in (int, float) and 0 <= grid <= MOST_G_PER_KWH
        return cls(
            PlacementWishes.from_record(record.get("usual")),
            {str(name): PlacementWishes.from_record(wishes) for name, wishes in models.items()},
            float(grid) if is_known else WORLD_G_PER_KWH,
        )


MOST_WARM: Final = 8
MOST_G_PER_KWH: Final = 5000.0
_FIELDS: Final = tuple(PlacementWishes.__dataclass_fields__)


def _one_of(kind: Any, value: object) -> Any:  # a member of the enum `kind`, or None
    try:
        return kind(value)
    except ValueError:
        return None
