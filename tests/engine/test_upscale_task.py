"""Upscaling a picture that is there: the task by itself, and in the runner without any model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from studio.catalog.upscalers import shipped_upscaler
from studio.domain.errors import ModelNotFound, OutOfMemory, PictureError
from studio.domain.events import FinishProgress, ImageReady, Pixels
from studio.domain.model import ModelInfo
from studio.domain.request import PictureRef, Request
from studio.domain.upscalers import UpscalerInfo, UpscalerName
from studio.engine.control import Control
from studio.engine.devices import Device, pick_device
from studio.engine.runner import DiffusionRunner
from studio.engine.upscaling.loading import load_upscaler
from studio.engine.upscaling.upscaler import FRUGAL_TILE_PX, TILE_PX, Upscaler, Upscaling
from studio.library import pixel_digest, upscale_request
from tests.support.samples import noise

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})
PIXELS = np.dstack([noise(1, 30, 20), noise(2, 30, 20)[..., 0]])
DIGEST = pixel_digest(PIXELS)
REQUEST = upscale_request(PictureRef(DIGEST, 30, 20), 2, UpscalerName.FAST, None)


def no_model(name: str) -> ModelInfo:
    raise ModelNotFound(f"No model is needed, and “{name}” was looked for.")


def find_picture(digest: str) -> Pixels:
    if digest != DIGEST:
        raise PictureError("It is gone.")
    return PIXELS


def a_runner(
    load: Callable[[UpscalerInfo, Device], Upscaler] = load_upscaler,
) -> DiffusionRunner:
    return DiffusionRunner(no_model, find_picture, device=CPU, load_upscaler=load)


def finish(runner: DiffusionRunner, request: Request = REQUEST) -> ImageReady:
    *progress, ready = runner.run(request, Control(3))
    assert all(isinstance(event, FinishProgress) for event in progress)
    assert isinstance(ready, ImageReady)
    return ready


def test_it_is_the_upscalers_picture_alpha_included() -> None:
    ready = finish(a_runner())
    upscaler = load_upscaler(shipped_upscaler(UpscalerName.FAST), CPU)
    assert np.array_equal(ready.images[0], upscaler.upscale(PIXELS, 2))
    assert ready.images.shape == (1, 40, 60, 4)
    assert (len(ready.previews), ready.snapshots, ready.generation) == (0, (), 3)
    assert ready.elapsed_s > 0


def test_a_picture_or_an_upscaler_that_is_gone_is_said() -> None:
    other = PictureRef("0" * 64, 30, 20)
    with pytest.raises(PictureError, match="gone"):
        finish(a_runner(), dataclasses.replace(REQUEST, init_image=other))
    with pytest.raises(ModelNotFound, match="“none”"):
        finish(a_runner(), dataclasses.replace(REQUEST, upscaler="none"))


def test_cancelled_it_ends_without_a_picture() -> None:
    control = Control()
    story = a_runner().run(REQUEST, control)
    assert isinstance(next(story), FinishProgress)
    control.cancel()
    assert list(story) == []


class FullUpscaler(Upscaler):
    """Has memory for tiles of up to `most_px` only."""

    most_px = 0

    def begin(self, pixels: Pixels, scale: int) -> Upscaling:
        if self.tile_px > self.most_px:
            raise RuntimeError("DefaultCPUAllocator: not enough memory")
        return super().begin(pixels, scale)


def test_out_of_memory_it_takes_smaller_tiles() -> None:
    loaded: list[FullUpscaler] = []

    def load(info: UpscalerInfo, device: Device) -> Upscaler:
        upscaler = FullUpscaler(load_upscaler(info, device)._network, device)
        loaded.append(upscaler)
        return upscaler

    runner = a_runner(load)
    FullUpscaler.most_px = FRUGAL_TILE_PX
    assert finish(runner).images.shape == (1, 40, 60, 4)
    FullUpscaler.most_px = TILE_PX
    finish(runner)
    assert [upscaler.tile_px for upscaler in loaded] == [TILE_PX, TILE_PX]
    FullUpscaler.most_px = 0
    with pytest.raises(OutOfMemory, match="upscale it less"):
        finish(runner)
