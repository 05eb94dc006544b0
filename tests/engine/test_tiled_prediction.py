"""Large pictures tile by tile: what holds for any tiling, and what the model gets to see."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.hires import Tiling
from studio.domain.request import Request
from studio.engine.conditioning import NOTHING, Conditioning
from studio.engine.denoise import denoise, prepare
from studio.engine.families.sd import StableDiffusion
from studio.engine.tiled_prediction import tiled_predictor, tiles, weights_of


@st.composite
def tilings(draw: st.DrawFn) -> tuple[int, int, int, int]:
    side = draw(st.integers(2, 40))
    overlap = draw(st.integers(0, side // 2))
    return draw(st.integers(1, 150)), draw(st.integers(1, 150)), side, overlap


@given(tilings())
def test_tiles_cover_everything_are_equally_large_and_overlap(case: tuple[int, ...]) -> None:
    width, height, side, overlap = case
    boxes = tiles(width, height, side, overlap)
    covered = torch.zeros(height, width)
    for box in boxes:
        assert (box.width, box.height) == (min(side, width), min(side, height))
        assert box.right <= width
        assert box.bottom <= height
        covered[box.slices] += 1
    assert covered.min() >= 1
    for starts in ({box.x for box in boxes}, {box.y for box in boxes}):
        ordered = sorted(starts)
        for before, after in itertools.pairwise(ordered):
            assert after - before <= side - overlap


@given(tilings())
def test_weights_add_up_to_one_everywhere(case: tuple[int, ...]) -> None:
    width, height, side, overlap = case
    boxes = tiles(width, height, side, overlap)
    weights = weights_of(boxes, width, height, overlap)
    assert torch.allclose(weights.sum(dim=0), torch.ones(height, width), atol=1e-5)
    assert weights.min() >= 0


class Pointwise:
    """A family that predicts each place by itself, and remembers what it was shown."""

    def __init__(self) -> None:
        self.seen: list[torch.Size] = []
        self.requests: list[Request] = []

    def predictor(self, request: Request, conditioning: Conditioning = NOTHING) -> Any:
        self.requests.append(request)

        def predict(model_input: torch.Tensor, timestep: torch.Tensor, moment: Any) -> torch.Tensor:
            self.seen.append(model_input.shape)
            masked = conditioning.masked
            return 2 * model_input + (0 if masked is None else masked)

        return predict


def a_large_request(**changes: Any) -> Request:
    values = {"width": 320, "height": 192, "tiling": Tiling(128, 32), **changes}
    return Request("a cat", 3, "tiny", **values)


@pytest.mark.parametrize("looks_at", [False, True], ids=["alone", "with a mask"])
def test_a_model_without_surroundings_draws_the_same_in_tiles(looks_at: bool) -> None:
    family: Any = Pointwise()
    latents = torch.randn(1, 4, 24, 40, generator=torch.Generator().manual_seed(2))
    conditioning = NOTHING
    if looks_at:
        conditioning = Conditioning(masked=torch.randn(1, 4, 24, 40))
    whole = replace(a_large_request(), tiling=None)
    expected = tiled_predictor(family, whole, conditioning, latents)(latents, torch.tensor(1), None)
    family.seen.clear()
    tiled = tiled_predictor(family, a_large_request(), conditioning, latents)
    output = tiled(latents, torch.tensor(1), None)
    assert torch.allclose(output, expected, atol=1e-5)
    assert set(family.seen) == {torch.Size((1, 4, 16, 16))}
    assert {request.size for request in family.requests[1:]} == {family.requests[-1].size}


def test_a_picture_no_larger_than_a_tile_is_drawn_whole() -> None:
    family: Any = Pointwise()
    latents = torch.zeros(1, 4, 24, 40)
    tiled_predictor(family, a_large_request(tiling=Tiling(320, 32)), NOTHING, latents)
    assert [request.size for request in family.requests] == [a_large_request().size]


def test_a_real_model_draws_a_large_picture_in_tiles(tiny_family: StableDiffusion) -> None:
    small = {"width": 64, "height": 48, "num_inference_steps": 2}
    request = a_large_request(**small, tiling=Tiling(32, 8))
    *_, tiled = denoise(prepare(tiny_family, request))
    *_, again = denoise(prepare(tiny_family, request))
    *_, whole = denoise(prepare(tiny_family, replace(request, tiling=None)))
    assert torch.isfinite(tiled.latents).all()
    assert torch.equal(tiled.latents, again.latents)
    assert not torch.equal(tiled.latents, whole.latents)
