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


@dataclass(frozen=True, slots=True)
class EngineWishes:
    """The wishes for all models, and those for some by name, which take their place."""

    usual: PlacementWishes = PlacementWishes()
    of_models: Mapping[str, PlacementWishes] = field(default_factory=dict)

    def of(self, model: str) -> PlacementWishes:
        return self.of_models.get(model, self.usual)


MOST_WARM: Final = 8
_FIELDS: Final = tuple(PlacementWishes.__dataclass_fields__)


def _one_of(kind: Any, value: object) -> Any:  # a member of the enum `kind`, or None
    try:
        return kind(value)
    except ValueError:
        return None
