"""The table of working memory agrees with what torch says the published shapes need."""

from __future__ import annotations

import pytest
import torch

from studio.benchmark.gpu_shapes import SHAPES, measure_peak
from studio.domain.working_memory import decoding_bytes, denoising_bytes


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_a_step_takes_what_the_table_says(family: str) -> None:
    peak = measure_peak(SHAPES[family], 1024, torch.bfloat16)
    assert denoising_bytes(family, 1024 * 1024) == pytest.approx(peak, rel=0.02)


def test_numbers_twice_as_large_take_twice_the_memory() -> None:
    assert denoising_bytes("sd", 512 * 512, 4) == 2 * denoising_bytes("sd", 512 * 512, 2)


def test_tiles_bound_the_decoding_but_for_the_picture_itself() -> None:
    small, large = (decoding_bytes("sd", side * side, tiles=True) for side in (1024, 2048))
    assert large - small == 3 * 2 * (2048**2 - 1024**2)
    assert decoding_bytes("sd", 256 * 256, tiles=True) == decoding_bytes("sd", 256 * 256)


def test_an_unknown_family_takes_the_most() -> None:
    assert denoising_bytes("tomorrow", 100) == max(
        denoising_bytes(family, 100) for family in ("sd", "sdxl", "flux", "flux2")
    )
