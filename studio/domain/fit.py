"""Whether a model fits the graphics card: the planner's own numbers, before a model is loaded.

What is known by then is a model's size and how many parameters it has, not yet how they are divided
among its parts; the engine reads that from its headers and measures the card again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from studio.domain.addons import AddonInfo
from studio.domain.model import ModelInfo
from studio.domain.placement import Offload, PlacementWishes
from studio.domain.planning import DeviceFacts, ModelFacts, Placement, plan, room_bytes

_GB: Final = 10**9
# Of a card of these years; only older ones lack bfloat16.
_CAPABILITY: Final = (8, 0)


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


def fits(
    info: ModelInfo | AddonInfo,
    free_bytes: int,
    total_bytes: int,
    wishes: PlacementWishes = PlacementWishes(),  # noqa: B008 - frozen
) -> Fit:
    """Judge a model by a card's memory: `free_bytes` now, of `total_bytes`; 0 where there is none.

    With the artist's `wishes` for it, but for where its parts are to lie. An addon is judged by
    what it takes itself, beside the model that it goes with.
    """
    if total_bytes <= 0:
        return Fit(
            FitVerdict.NO_CARD,
            "This machine has no graphics card that the studio can use: it draws on the processor, "
            "which takes longer.",
        )
    if info.size_bytes <= 0:
        return Fit(FitVerdict.UNKNOWN, "How much memory it takes isn't known before it is loaded.")
    if isinstance(info, AddonInfo):
        return _fit_of_addon(info, free_bytes, total_bytes)
    now, empty = (placed(info, free, total_bytes, wishes) for free in (free_bytes, total_bytes))
    needed, card = amount(empty.whole_bytes), amount(total_bytes)
    if now.offload is Offload.NONE and now.fits:
        return Fit(
            FitVerdict.FITS, f"It takes about {amount(now.whole_bytes)} of your card's {card}."
        )
    if empty.offload is Offload.NONE and empty.fits:
        return Fit(
            FitVerdict.BUSY,
            f"It takes about {needed} of your card's {card}, of which {amount(free_bytes)} "
            "are free now.",
        )
    if empty.fits:
        return Fit(
            FitVerdict.STREAMED,
            f"It takes about {needed} and your card has {card}: parts of it wait in main memory, "
            "which takes longer.",
        )
    return Fit(FitVerdict.TOO_LARGE, f"It takes about {needed}, and your card has {card}.")


def placed(
    info: ModelInfo, free_bytes: int, total_bytes: int, wishes: PlacementWishes
) -> Placement:
    """How the planner would place a model on such a card if it were free to choose where."""
    card = DeviceFacts("cuda", "", total_bytes, free_bytes, capability=_CAPABILITY)
    return plan(card, ModelFacts.of(info), replace(wishes, offload=None))


def _fit_of_addon(info: AddonInfo, free_bytes: int, total_bytes: int) -> Fit:
    size = info.size_bytes // 2 if info.precision == "fp32" else info.size_bytes
    needed, card = amount(size), amount(total_bytes)
    if size <= room_bytes(free_bytes, total_bytes):
        return Fit(FitVerdict.FITS, f"It takes about {needed} of your card's {card}.")
    if size <= room_bytes(total_bytes, total_bytes):
        return Fit(
            FitVerdict.BUSY,
            f"It takes about {needed} of your card's {card}, of which {amount(free_bytes)} "
            "are free now.",
        )
    return Fit(FitVerdict.TOO_LARGE, f"It takes about {needed}, and your card has {card}.")


def amount(size_bytes: int) -> str:
    """A size for people, in decimal units as file managers and shops count: “6.9 GB”, “218 MB”."""
    if size_bytes >= 100 * _GB:
        return f"{size_bytes / _GB:.0f} GB"
    if size_bytes >= 999_500_000:
        return f"{size_bytes / _GB:.1f} GB"
    if size_bytes >= 999_500:
        return f"{size_bytes / 10**6:.0f} MB"
    return f"{max(1, round(size_bytes / 1000))} kB" if size_bytes > 0 else "0 kB"
