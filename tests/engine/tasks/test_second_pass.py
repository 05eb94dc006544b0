"""A second, larger pass; and large pictures that begin with a small one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from studio.domain.errors import RequestError
from studio.domain.events import FinishProgress, ImageReady, StepPreview
from studio.domain.hires import HiresFix, Tiling
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.domain.upscalers import UpscalerName
from studio.engine.control import Control
from studio.engine.denoise import denoise, prepare
from studio.engine.families.sd import StableDiffusion
from studio.engine.preview import to_pixels
from tests.engine.tasks.test_inpaint_task import Studio
from tests.support.samples import noise

HIRES = HiresFix(56, 48, strength=0.5)


@pytest.fixture
def studio(tiny_model: ModelInfo, tiny_family: StableDiffusion) -> Studio:
    return Studio(tiny_model, tiny_family)


def request_for(studio: Studio, **changes: Any) -> Request:
    return studio.base(**{"num_inference_steps": 4, "hires": HIRES, **changes})


def test_a_second_pass_begins_with_the_enlarged_latents(
    studio: Studio, tiny_family: StableDiffusion
) -> None:
    request = request_for(studio)
    ready = studio.finish(request)
    assert ready.images.shape == (1, 48, 56, 3)

    *_, first = denoise(prepare(tiny_family, studio.base(num_inference_steps=4)))
    enlarged = functional.interpolate(first.latents, (6, 7), mode="bilinear")
    start = studio.adopt(noise(1, 8, 8))
    alone = studio.base(num_inference_steps=4, width=56, height=48, init_image=start, strength=0.5)
    *_, second = denoise(prepare(tiny_family, alone, init_latents=enlarged))
    assert second.total == 2
    theirs = to_pixels(tiny_family.decode(second.latents)).numpy()
    assert np.array_equal(ready.images, theirs)


def test_steps_of_both_passes_are_counted(studio: Studio) -> None:
    events = studio.events(request_for(studio))
    steps = [event for event in events if isinstance(event, StepPreview)]
    assert [step.step for step in steps] == [1, 2, 3, 4, 5, 6]
    assert {step.total_steps for step in steps} == {6}
    assert steps[4].pixels.shape[1:3] == (6, 7)


def test_a_network_may_enlarge_what_the_second_pass_begins_with(studio: Studio) -> None:
    hires = HiresFix(56, 48, strength=0.01, upscaler=UpscalerName.FAST)
    events = studio.events(request_for(studio, hires=hires))
    assert any(isinstance(event, FinishProgress) for event in events)
    assert events[-1].images.shape == (1, 48, 56, 3)
    others = studio.finish(request_for(studio, hires=HiresFix(56, 48, strength=0.01)))
    assert not np.array_equal(others.images, events[-1].images)


def test_what_is_kept_at_a_step_of_the_first_pass_is_as_large_as_that(studio: Studio) -> None:
    control = Control(9)
    events = []
    for event in studio.runner.run(request_for(studio), control):
        events.append(event)
        if isinstance(event, StepPreview) and event.step == 2:
            control.stop_here()
    ready = events[-1]
    assert isinstance(ready, ImageReady)
    assert ready.request is not None
    assert ready.request.last_step in (2, 3)
    assert ready.request.hires == HIRES
    assert ready.images.shape == (1, 32, 32, 3)


def test_cancelled_in_the_second_pass_nothing_is_ready(studio: Studio) -> None:
    control = Control(9)
    events = []
    for event in studio.runner.run(request_for(studio), control):
        events.append(event)
        if isinstance(event, StepPreview) and event.step == 5:
            control.cancel()
    assert not any(isinstance(event, ImageReady) for event in events)


def test_a_small_start_is_enlarged_by_the_network_before_it_is_drawn_in_tiles(
    studio: Studio,
) -> None:
    start = studio.adopt(noise(1, 32, 32))
    size = {"width": 64, "height": 64, "init_image": start, "strength": 0.3}
    tiled = studio.base(**size, tiling=Tiling(32, 8))
    events = studio.events(tiled)
    assert any(isinstance(event, FinishProgress) for event in events)
    assert events[-1].images.shape == (1, 64, 64, 3)
    whole = studio.events(studio.base(**size))
    assert not any(isinstance(event, FinishProgress) for event in whole)


def test_pixels_at_the_right_size_are_taken_as_they_are(
    studio: Studio, tiny_family: StableDiffusion
) -> None:
    pixels = noise(1, 32, 32)
    request = studio.base(init_image=studio.adopt(pixels), strength=0.5)
    unit = torch.from_numpy(pixels.transpose(2, 0, 1)[None] / np.float32(255))
    *_, last = denoise(prepare(tiny_family, request, unit))
    theirs = to_pixels(tiny_family.decode(last.latents)).numpy()
    assert np.array_equal(studio.finish(request).images, theirs)


def test_a_second_pass_of_a_size_that_the_model_cant_draw_is_refused(studio: Studio) -> None:
    with pytest.raises(RequestError, match="multiples of 8 pixels, not 52 × 44"):
        studio.finish(request_for(studio, hires=HiresFix(52, 44)))
