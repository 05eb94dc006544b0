"""Whether a model fits the graphics card: an estimate from its size on the disk, made before it is
loaded. What the engine then does is decided by what it measures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from studio.domain.addons import AddonInfo
from studio.domain.model import ModelInfo

_GB: Final = 10**9
_MEGAPIXEL: Final = 1 << 20
# What the steps and the decoder, tile by tile, take beside the weights in half precision.
_WORKING_BYTES: Final = 700_000_000
_WORKING_BYTES_A_MEGAPIXEL: Final = 1_300_000_000
# Streamed from main memory block by block, so much of the weights is on the card at once.
_STREAMED_SHARE: Final = 0.15


class FitVerdict(StrEnum):
    """How a model would run, in a word or two for a list; `UNKNOWN` of a file without a size."""

    FITS = "fits your card"
    BUSY = "fits when memory is free"
    STREAMED = "runs in parts"
    TOO_LARGE = "too large"
    NO_CARD = "no card"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fit:
    """A verdict, and why, in one sentence for people."""

    verdict: FitVerdict
    sentence: str


def fits(info: ModelInfo | AddonInfo, free_bytes: int, total_bytes: int) -> Fit:
    """Judge a model by a card's memory: `free_bytes` now, of `total_bytes`; 0 where there is none.

    An addon is judged by what it takes itself, beside the model that it goes with.
    """
    if total_bytes <= 0:
        return Fit(
            FitVerdict.NO_CARD,
            "This machine has no graphics card that the studio can use: it draws on the processor, "
            "which takes longer.",
        )
    if info.size_bytes <= 0:
        return Fit(FitVerdict.UNKNOWN, "How much memory it takes isn't known before it is loaded.")
    weights = loaded_bytes(info)
    working = working_bytes(info)
    needed, card = amount(weights + working), amount(total_bytes)
    if weights + working <= free_bytes:
        return Fit(FitVerdict.FITS, f"It takes about {needed} of your card's {card}.")
    if weights + working <= total_bytes:
        return Fit(
            FitVerdict.BUSY,
            f"It takes about {needed} of your card's {card}, of which {amount(free_bytes)} "
            "are free now.",
        )
    if weights * _STREAMED_SHARE + working <= total_bytes:
        return Fit(
            FitVerdict.STREAMED,
            f"It takes about {needed} and your card has {card}: parts of it wait in main memory, "
            "which takes longer.",
        )
    return Fit(FitVerdict.TOO_LARGE, f"It takes about {needed}, and your card has {card}.")


def loaded_bytes(info: ModelInfo | AddonInfo) -> int:
    """What its weights take on a card, where full precision is loaded as half."""
    return info.size_bytes // 2 if info.precision == "fp32" else info.size_bytes


def working_bytes(info: ModelInfo | AddonInfo) -> int:
    """What a picture of a model's own size takes beside the weights; 0 for an addon."""
    if isinstance(info, AddonInfo):
        return 0
    size = info.native_size
    return _WORKING_BYTES + _WORKING_BYTES_A_MEGAPIXEL * size.width * size.height // _MEGAPIXEL


def amount(size_bytes: int) -> str:
    """A size for people, in decimal units as file managers and shops count: “6.9 GB”, “218 MB”."""
    if size_bytes >= 100 * _GB:
        return f"{size_bytes / _GB:.0f} GB"
    if size_bytes >= 999_500_000:
        return f"{size_bytes / _GB:.1f} GB"
    if size_bytes >= 999_500:
        return f"{size_bytes / 10**6:.0f} MB"
    return f"{max(1, round(size_bytes / 1000))} kB" if size_bytes > 0 else "0 kB"
