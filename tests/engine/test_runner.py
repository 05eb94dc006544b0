"""The runner: events, previews, cancelling, start pictures, running out of memory."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from studio.catalog.upscalers import shipped_upscaler
from studio.domain.errors import ModelNotFound, OutOfMemory, RequestError
from studio.domain.events import ImageReady, Pixels, StepPreview
from studio.domain.making import Making, UsedModel
from studio.domain.model import ModelInfo
from studio.domain.request import PictureRef, Request
from studio.domain.schedulers import Scheduler
from studio.domain.upscalers import UpscalerInfo, UpscalerName
from studio.engine.conditioning import NOTHING, SOMETIME, Conditioning, Moment
from studio.engine.control import Control
from studio.engine.denoise import prepare, run_from
from studio.engine.devices import Device, pick_device
from studio.engine.families.family import Family
from studio.engine.families.sd import StableDiffusion
from studio.engine.preview import to_pixels
from studio.engine.runner import DiffusionRunner
from studio.engine.upscaling.loading import load_upscaler
from studio.engine.upscaling.upscaler import Upscaler, Upscaling
from tests.support.fake_sensors import FakeSensor

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})
START = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
STEPS = 4


def request(**changes: Any) -> Request:
    values: dict[str, Any] = {
        "prompt": "a cat",
        "seed": 5,
        "model": "tiny",
        "width": 32,
        "height": 24,
        "num_inference_steps": STEPS,
    }
    return Request(**{**values, **changes})


def make_runner(model: ModelInfo, family: Family, **options: Any) -> DiffusionRunner:
    def find_picture(digest: str) -> Pixels:
        return START

    return DiffusionRunner(
        lambda name: model,
        find_picture,
        **{"device": CPU, "load_family": lambda info, device: family, **options},
    )


@pytest.fixture
def runner(tiny_model: ModelInfo, tiny_family: StableDiffusion) -> DiffusionRunner:
    return make_runner(tiny_model, tiny_family)


def finish(runner: DiffusionRunner, job: Request) -> ImageReady:
    *_, last = runner.run(job, Control())
    assert isinstance(last, ImageReady)
    return last


def test_events_of_a_job(runner: DiffusionRunner) -> None:
    *previews, ready = runner.run(request(num_images_per_prompt=2), Control(42))

    assert all(isinstance(event, StepPreview) for event in previews)
    assert [(p.step, p.total_steps, p.generation) for p in previews] == [
        (i, STEPS, 42) for i in range(1, STEPS + 1)
    ]
    assert all(p.pixels.shape == (2, 3, 4, 3) and p.pixels.dtype == np.uint8 for p in previews)
    times = [p.elapsed_s for p in previews]
    assert times == sorted(times)
    assert all(p.seconds_per_step > 0 for p in previews)
    assert isinstance(ready, ImageReady)
    assert ready.images.shape == (2, 24, 32, 3)
    assert ready.images.dtype == np.uint8
    assert np.array_equal(ready.previews, np.stack([p.pixels for p in previews]))
    assert [snapshot.step for snapshot in ready.snapshots] == list(range(STEPS + 1))
    assert ready.elapsed_s > times[-1]


def test_previews_change_no_pixel(
    runner: DiffusionRunner, tiny_model: ModelInfo, tiny_family: StableDiffusion
) -> None:
    blind = make_runner(tiny_model, tiny_family, previews=False)
    job = request(scheduler=Scheduler.EULER_A)
    *told, without = blind.run(job, Control())
    shown = finish(runner, job)

    assert isinstance(without, ImageReady)
    assert np.array_equal(without.images, shown.images)
    assert [event.step for event in told if isinstance(event, StepPreview)] == [1, 2, 3, 4]
    assert np.shape(without.previews) == (STEPS, 1, 0, 0, 3)
    assert np.shape(shown.previews) == (STEPS, 1, 3, 4, 3)


def test_a_kept_snapshot_leads_to_the_same_picture(
    runner: DiffusionRunner, tiny_family: StableDiffusion
) -> None:
    job = request(scheduler=Scheduler.DPMPP_2M_SDE)
    ready = finish(runner, job)
    again = prepare(tiny_family, job)
    for _ in run_from(again, ready.snapshots[2]):
        pass
    assert np.array_equal(to_pixels(tiny_family.decode(again.latents)).numpy(), ready.images)


class CountingFamily:
    """A family that counts what it decodes, and fails where a test wants it to.

    `failures` are errors by the name of the method, raised in the order given.
    """

    def __init__(self, family: Family, failures: dict[str, list[Exception]] | None = None) -> None:
        self._family = family
        self._failures = failures or {}
        self.predictions = 0
        self.decodes = 0
        self.frugal: list[bool] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._family, name)

    def _fail(self, name: str) -> None:
        if errors := self._failures.get(name):
            raise errors.pop(0)

    def predictor(self, request: Request, conditioning: Conditioning = NOTHING) -> Any:
        self._fail("encode")
        predict = self._family.predictor(request, conditioning)

        def counted(
            model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment = SOMETIME
        ) -> torch.Tensor:
            self.predictions += 1
            if self.predictions == 3:
                self._fail("predict")
            return predict(model_input, timestep, moment)

        return counted

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        self.decodes += 1
        self._fail("decode")
        return self._family.decode(latents)

    def set_frugal(self, frugal: bool) -> None:
        self.frugal.append(frugal)
        self._family.set_frugal(frugal)


@pytest.mark.parametrize("scheduler", Scheduler)
def test_cancelled_at_any_step_it_decodes_nothing_and_leaves_no_trace(
    tiny_model: ModelInfo, tiny_family: StableDiffusion, scheduler: Scheduler
) -> None:
    job = request(scheduler=scheduler, negative_prompt="rain")
    never_cancelled = finish(make_runner(tiny_model, tiny_family), job).images
    family = CountingFamily(tiny_family)
    runner = make_runner(tiny_model, family)
    for last in range(STEPS + 1):
        control = Control()
        if last == 0:
            control.cancel()
        steps = []
        for event in runner.run(request(scheduler=scheduler, prompt="rain", seed=9), control):
            assert isinstance(event, StepPreview)
            steps.append(event.step)
            if event.step == last:
                control.cancel()
        assert steps == list(range(1, last + 1))
    assert family.decodes == 0
    assert np.array_equal(finish(runner, job).images, never_cancelled)


def test_a_start_picture_of_another_shape_is_scaled_and_cut(runner: DiffusionRunner) -> None:
    start = PictureRef("0" * 64, 64, 48)
    job = request(init_image=start, strength=0.5, width=32, height=32)
    ready = finish(runner, job)

    assert ready.images.shape == (1, 32, 32, 3)
    assert len(ready.previews) == 2


def test_a_start_picture_decides_the_picture_together_with_strength(
    runner: DiffusionRunner,
) -> None:
    start = PictureRef("0" * 64, 64, 48)
    pictures = [
        finish(runner, request(init_image=init, strength=strength)).images.tobytes()
        for init, strength in [(None, 0.5), (start, 0.5), (start, 0.75), (start, 1.0)]
    ]
    assert len(set(pictures)) == 4


def test_a_size_that_the_model_cannot_draw_is_refused_with_one_it_can(
    runner: DiffusionRunner,
) -> None:
    with pytest.raises(RequestError, match=r"Try 32 × 24"):
        finish(runner, request(width=33))


def out_of_memory() -> torch.OutOfMemoryError:
    return torch.OutOfMemoryError("CUDA out of memory.")


@pytest.mark.parametrize("stage", ["encode", "predict", "decode"])
def test_out_of_memory_once_releases_everything_and_ends_in_a_picture(
    tiny_model: ModelInfo, tiny_family: StableDiffusion, stage: str
) -> None:
    family = CountingFamily(tiny_family, {stage: [out_of_memory()]})
    loads: list[str] = []

    def load(info: ModelInfo, device: Device) -> Family:
        loads.append(info.name)
        return family

    runner = make_runner(tiny_model, family, load_family=load)
    job = request()
    ready = finish(runner, job)

    assert loads == ["tiny", "tiny"]
    assert family.frugal == [True, False]
    # The steps aren't taken again for the sake of the decoder.
    assert family.predictions == {"encode": STEPS, "predict": 3 + STEPS, "decode": STEPS}[stage]
    assert [snapshot.step for snapshot in ready.snapshots] == list(range(STEPS + 1))
    plain = finish(make_runner(tiny_model, tiny_family), job)
    difference = np.abs(ready.images.astype(int) - plain.images.astype(int))
    assert difference.max() <= 2
    again = finish(runner, job)
    assert loads == ["tiny", "tiny"]
    assert np.array_equal(again.images, plain.images)
    assert np.array_equal(latents_of(again), latents_of(plain))


def latents_of(ready: ImageReady) -> Any:
    return ready.snapshots[-1].tensors["latents"]


@pytest.mark.parametrize("stage", ["encode", "decode"])
def test_out_of_memory_twice_says_what_to_change_and_the_next_job_works(
    tiny_model: ModelInfo, tiny_family: StableDiffusion, stage: str
) -> None:
    family = CountingFamily(tiny_family, {stage: [out_of_memory(), out_of_memory()]})
    runner = make_runner(tiny_model, family)
    with pytest.raises(OutOfMemory, match="fewer pictures at a time or a smaller size"):
        finish(runner, request(num_images_per_prompt=2))
    assert not runner.is_loaded("tiny")
    assert finish(runner, request()).images.shape == (1, 24, 32, 3)


def test_a_model_too_large_for_the_device_is_a_sentence(
    tiny_model: ModelInfo, tiny_family: StableDiffusion
) -> None:
    def load(info: ModelInfo, device: Device) -> Family:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")

    runner = make_runner(tiny_model, tiny_family, load_family=load)
    with pytest.raises(OutOfMemory, match="smaller model"):
        runner.load("tiny")
    assert not runner.is_loaded("tiny")


def test_two_models_stay_warm_and_switching_back_loads_nothing(
    tiny_model: ModelInfo, tiny_family: StableDiffusion
) -> None:
    models = {name: dataclasses.replace(tiny_model, name=name) for name in ("a", "b", "c")}
    loads: list[str] = []

    def find_model(name: str) -> ModelInfo:
        if name not in models:
            raise ModelNotFound(f"There is no model “{name}”.")
        return models[name]

    def load(info: ModelInfo, device: Device) -> Family:
        loads.append(info.name)
        return tiny_family

    runner = DiffusionRunner(find_model, lambda digest: START, device=CPU, load_family=load)
    for name in ("a", "a", "b", "a", "c", "a", "b"):
        runner.load(name)
        assert runner.is_loaded(name)
    assert loads == ["a", "b", "c", "b"]
    assert not runner.is_loaded("c")
    assert runner.placement.startswith("Kept whole in memory")
    with pytest.raises(ModelNotFound):
        runner.load("d")


def test_a_picture_knows_how_it_was_computed_and_its_share_of_the_energy(
    tiny_model: ModelInfo, tiny_family: StableDiffusion
) -> None:
    runner = make_runner(tiny_model, tiny_family, sensor=FakeSensor(40.0))
    making = finish(runner, request(num_images_per_prompt=2)).making
    assert making is not None
    used = UsedModel(tiny_model.title, tiny_model.licence.replace("unknown", ""))
    assert making == Making(CPU.name, "fp32", "", (), 20.0, "GPU", 473.0, (used,))


def test_the_same_prompt_is_read_once(tiny_model: ModelInfo, tiny_family: StableDiffusion) -> None:
    read: list[int] = []

    class CountingTokenizer:
        model_max_length = tiny_family.tokenizer.model_max_length

        def __call__(self, text: str, **options: Any) -> Any:
            read.append(1)
            return tiny_family.tokenizer(text, **options)

    family = StableDiffusion(
        unet=tiny_family.unet,
        vae=tiny_family.vae,
        text_encoder=tiny_family.text_encoder,
        tokenizer=CountingTokenizer(),
        scheduler_config=tiny_family.scheduler_config,
    )
    runner = make_runner(tiny_model, family)
    first = finish(runner, request(negative_prompt="rain"))
    again = finish(runner, request(negative_prompt="rain"))
    assert len(read) == 2
    assert np.array_equal(first.images, again.images)
    for i in range(20):
        finish(runner, request(prompt=f"cat {i}", num_inference_steps=1))
    assert len(family.clip._readings) <= 8


class FailingUpscaler(Upscaler):
    """The real one, which runs out of memory as often as it is told to."""

    failures = 0

    def begin(self, pixels: Pixels, scale: int) -> Upscaling:
        if self.failures:
            FailingUpscaler.failures -= 1
            raise out_of_memory()
        return super().begin(pixels, scale)


def load_failing(info: UpscalerInfo, device: Device) -> Upscaler:
    return FailingUpscaler(load_upscaler(info, device)._network, device)


@pytest.mark.parametrize("upscale", [2, 4])
def test_upscaling_enlarges_what_is_drawn_without_it(runner: DiffusionRunner, upscale: int) -> None:
    job = request(num_images_per_prompt=2)
    upscaled = dataclasses.replace(job, upscale=upscale)
    plain, ready, again = finish(runner, job), finish(runner, upscaled), finish(runner, upscaled)

    assert ready.images.shape == (2, 24 * upscale, 32 * upscale, 3)
    upscaler = load_upscaler(shipped_upscaler(UpscalerName.FAST), CPU)
    for drawn, finished in zip(plain.images, ready.images, strict=True):
        assert np.array_equal(upscaler.upscale(drawn, upscale), finished)
    assert np.array_equal(ready.previews, plain.previews)
    assert np.array_equal(latents_of(ready), latents_of(plain))
    assert np.array_equal(again.images, ready.images)


def test_cancelled_between_tiles_it_ends_without_a_picture(
    tiny_model: ModelInfo, tiny_family: StableDiffusion
) -> None:
    control = Control()

    def load_and_cancel(info: UpscalerInfo, device: Device) -> Upscaler:
        control.cancel()
        return load_upscaler(info, device)

    runner = make_runner(tiny_model, tiny_family, load_upscaler=load_and_cancel)
    events = list(runner.run(request(upscale=4), control))
    assert [type(event) for event in events] == [StepPreview] * STEPS
    assert finish(runner, request(upscale=4)).images.shape == (1, 96, 128, 3)


@pytest.mark.parametrize("failures", [1, 2])
def test_out_of_memory_while_upscaling_takes_no_step_again(
    tiny_model: ModelInfo, tiny_family: StableDiffusion, failures: int
) -> None:
    family = CountingFamily(tiny_family)
    FailingUpscaler.failures = failures
    runner = make_runner(tiny_model, family, load_upscaler=load_failing)
    job = request(upscale=4)
    if failures == 1:
        assert finish(runner, job).images.shape == (1, 96, 128, 3)
    else:
        with pytest.raises(OutOfMemory, match="smaller size"):
            finish(runner, job)
    assert family.predictions == STEPS
    assert family.decodes == 2
    assert not FailingUpscaler.failures


def test_the_upscaler_is_loaded_when_it_is_asked_for_and_kept(
    tiny_model: ModelInfo, tiny_family: StableDiffusion
) -> None:
    loads: list[str] = []

    def load(info: UpscalerInfo, device: Device) -> Upscaler:
        loads.append(info.name)
        return load_upscaler(info, device)

    runner = make_runner(tiny_model, tiny_family, load_upscaler=load)
    finish(runner, request())
    assert loads == []
    for _ in range(2):
        finish(runner, request(upscale=2))
    assert loads == [UpscalerName.FAST]
    finish(runner, request(upscale=2, upscaler=UpscalerName.FINE))
    runner.release()
    finish(runner, request(upscale=2, upscaler=UpscalerName.FINE))
    assert loads == [UpscalerName.FAST, UpscalerName.FINE, UpscalerName.FINE]
    with pytest.raises(ModelNotFound, match="“none”"):
        finish(runner, request(upscale=2, upscaler="none"))
