"""Whether a model fits a card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.fit import FitVerdict, amount, fits, placed
from studio.domain.geometry import Size
from studio.domain.placement import Offload, PlacementWishes, Precision, Quantization
from studio.domain.planning import DeviceFacts, ModelFacts, plan
from tests.support.fakes import a_model

GB = 10**9
BIG = (Size(1024, 1024),)
SDXL = a_model(family="sdxl", size_bytes=6_940_000_000, precision="fp16", sizes=BIG)
FLUX = a_model(
    family="flux", size_bytes=33_700_000_000, precision="bf16", sizes=(Size(1024, 1024),)
)


@pytest.mark.parametrize(
    ("model", "free_gb", "total_gb", "verdict"),
    [
        (SDXL, 14, 16, FitVerdict.FITS),
        (SDXL, 5, 12, FitVerdict.BUSY),
        (SDXL, 7, 8, FitVerdict.STREAMED),
        (SDXL, 1, 1, FitVerdict.TOO_LARGE),
        (FLUX, 23, 24, FitVerdict.STREAMED),
        (FLUX, 40, 48, FitVerdict.FITS),
        (SDXL, 0, 0, FitVerdict.NO_CARD),
        (a_model(), 11, 12, FitVerdict.UNKNOWN),
    ],
)
def test_a_verdict_is_what_the_card_can_do(
    model: object, free_gb: int, total_gb: int, verdict: FitVerdict
) -> None:
    fit = fits(model, free_gb * GB, total_gb * GB)  # type: ignore[arg-type]
    assert fit.verdict is verdict
    assert fit.sentence.endswith(".")


def test_full_precision_is_loaded_as_half() -> None:
    whole = replace(SDXL, precision="fp32", size_bytes=2 * SDXL.size_bytes)
    assert fits(whole, 14 * GB, 16 * GB) == fits(SDXL, 14 * GB, 16 * GB)


def test_an_addon_takes_its_own_size() -> None:
    lora = AddonInfo("x", "X", AddonKind.LORA, "sdxl", Path("x"), size_bytes=GB)
    assert fits(lora, 2 * GB, 8 * GB).verdict is FitVerdict.FITS
    assert fits(lora, GB, 8 * GB).verdict is FitVerdict.BUSY
    assert fits(replace(lora, size_bytes=9 * GB), 8 * GB, 8 * GB).verdict is FitVerdict.TOO_LARGE


@given(
    family=st.sampled_from(["sd", "sdxl", "flux", "qwen-image", ""]),
    size=st.integers(1, 200 * GB),
    free=st.integers(0, 100 * GB),
    total=st.integers(1, 100 * GB),
    wishes=st.builds(
        PlacementWishes, precision=st.sampled_from([None, *Precision]),
        quantization=st.sampled_from(Quantization), tiles=st.sampled_from([None, True, False]),
    ),
)  # fmt: skip
def test_the_planner_does_what_the_verdict_says(
    family: str, size: int, free: int, total: int, wishes: PlacementWishes
) -> None:
    model, free = replace(SDXL, family=family, size_bytes=size), min(free, total)
    verdict = fits(model, free, total, wishes).verdict
    card = DeviceFacts("cuda", "", total, free, capability=(8, 0))
    planned = plan(card, ModelFacts.of(model), wishes)
    assert (verdict is FitVerdict.FITS) == (planned.offload is Offload.NONE and planned.fits)
    if verdict is FitVerdict.TOO_LARGE:
        assert not plan(replace(card, free_bytes=total), ModelFacts.of(model), wishes).fits
    assert planned == placed(model, free, total, wishes)


@given(
    # Of smaller ones the decoder takes more than the rest: then tiles decide, not the weights.
    size=st.integers(6 * GB, 200 * GB),
    free=st.integers(0, 200 * GB),
    total=st.integers(1, 200 * GB),
    more=st.integers(0, 50 * GB),
)
def test_a_larger_card_is_never_worse(size: int, free: int, total: int, more: int) -> None:
    ranks = [FitVerdict.FITS, FitVerdict.BUSY, FitVerdict.STREAMED, FitVerdict.TOO_LARGE]
    model = replace(SDXL, size_bytes=size)
    free = min(free, total)
    small, large = fits(model, free, total), fits(model, free + more, total + more)
    assert ranks.index(large.verdict) <= ranks.index(small.verdict)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 kB"), (1, "1 kB"), (218_400_000, "218 MB"), (6_940_000_000, "6.9 GB")],
)
def test_amounts_are_for_people(size: int, text: str) -> None:
    assert amount(size) == text
