"""R16: out of memory at every stage. The next small job works, the memory is back, and what was
denoised isn't denoised again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from studio.domain.errors import OutOfMemory
from studio.domain.events import ImageReady, Pixels
from studio.domain.model import ModelInfo
from studio.domain.placement import Offload
from studio.domain.request import Request
from studio.domain.upscalers import UpscalerInfo
from studio.engine import loading
from studio.engine.control import Control
from studio.engine.devices import Device, pick_device
from studio.engine.families.family import Family
from studio.engine.families.sd import StableDiffusion
from studio.engine.placement import DeviceFacts
from studio.engine.runner import DiffusionRunner
from studio.engine.upscaling.loading import load_upscaler
from studio.engine.upscaling.upscaler import Upscaler
from tests.support.fake_memory import FakeMemory, living_bytes
from tests.support.tiny_models import write_tiny_model

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})
STAGES = ["load", "encode", "step 1", "step 3", "decode", "upscale"]
ROUNDS = 20


@pytest.fixture(scope="module", autouse=True)
def one_quick_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    # Each release collects garbage: not through all of diffusers, as in the studio itself.
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def loaded(model: ModelInfo) -> StableDiffusion:
    family = loading.load(model, CPU)
    assert isinstance(family, StableDiffusion)
    return family


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelInfo:
    return write_tiny_model(Path(tmp_path_factory.mktemp("models")) / "tiny")


def job(seed: int = 1, **others: Any) -> Request:
    values = {"width": 32, "height": 24, "num_inference_steps": 4, **others}
    return Request(prompt="a cat", seed=seed, model="tiny", **values)


class Watched:
    """A family that tells when a stage begins. It shares its weights with others, since to copy
    them hundreds of times would take minutes, and holds as much in their place."""

    def __init__(self, family: StableDiffusion, begins: Callable[[str], None]) -> None:
        self.weights = torch.zeros(1 << 18)
        self._begins = begins
        self._family = StableDiffusion(
            unet=family.unet,
            vae=family.vae,
            text_encoder=family.clip.text_encoder,
            tokenizer=family.clip.tokenizer,
            scheduler_config=family.scheduler_config,
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._family, name)

    def predictor(self, *args: Any) -> Any:
        self._begins("encode")
        predict = self._family.predictor(*args)
        steps = iter(range(1, 100))

        def watched(*inputs: Any) -> torch.Tensor:
            self._begins(f"step {next(steps)}")
            return predict(*inputs)

        return watched

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        self._begins("decode")
        return self._family.decode(latents)


class Bench:
    """A runner in a memory that runs out at a stage. `begun` are the stages that began."""

    def __init__(self, model: ModelInfo, loaded: StableDiffusion, **options: Any) -> None:
        self.memory = FakeMemory()
        self.begun: list[str] = []
        self._loaded = loaded
        self._refused_at = ""
        self._once = False
        given = {"device": CPU, "load_family": self._load, "load_upscaler": self._load_upscaler}
        self.runner = DiffusionRunner(lambda name: model, no_picture, **{**given, **options})

    def refuse_at(self, stage: str, *, once: bool = False) -> None:
        self._refused_at, self._once = stage, once

    def allow(self) -> None:
        self._refused_at = ""
        self.memory.allow()

    def run(self, request: Request) -> ImageReady:
        with self.memory:
            self.runner.load(request.model)
            *_, last = self.runner.run(request, Control())
        assert isinstance(last, ImageReady)
        return last

    def _load(self, info: ModelInfo, device: Device) -> Family:
        self._begins("load")
        return Watched(self._loaded, self._begins)

    def _load_upscaler(self, info: UpscalerInfo, device: Device) -> Upscaler:
        upscaler = load_upscaler(info, device)
        self._begins("upscale")
        return upscaler

    def _begins(self, stage: str) -> None:
        self.begun.append(stage)
        if stage == self._refused_at:
            self.memory.refuse(once=self._once)
            if self._once:
                self._refused_at = ""


def no_picture(digest: str) -> Pixels:
    raise LookupError(digest)


@pytest.mark.parametrize("stage", STAGES)
def test_the_next_small_job_works_twenty_times_and_the_memory_is_back(
    model: ModelInfo, loaded: StableDiffusion, stage: str
) -> None:
    bench = Bench(model, loaded)
    large = job(upscale=2) if stage == "upscale" else job()
    expected = bench.run(job(seed=0)).images
    before, after = living_bytes(), []
    for _ in range(ROUNDS):
        bench.runner.release()
        bench.refuse_at(stage)
        with pytest.raises(OutOfMemory):
            bench.run(large)
        bench.allow()
        assert np.array_equal(bench.run(job(seed=0)).images, expected)
        after.append(living_bytes())
    assert bench.memory.refused >= ROUNDS
    assert before > 1_000_000
    assert after == pytest.approx([before] * ROUNDS, rel=0.05)


@pytest.mark.parametrize("stage", ["encode", "step 3", "decode"])
def test_refused_once_the_job_ends_in_the_same_picture(
    model: ModelInfo, loaded: StableDiffusion, stage: str
) -> None:
    bench = Bench(model, loaded)
    expected = bench.run(job()).images
    bench.begun.clear()
    bench.runner.release()
    bench.refuse_at(stage, once=True)
    ready = bench.run(job())
    assert bench.memory.refused == 1
    assert np.allclose(ready.images.astype(int), expected.astype(int), atol=2)
    assert ready.making is not None
    assert "frugal" in ready.making.ways
    if stage == "decode":  # the latents were kept: no step was taken twice
        assert [begun for begun in bench.begun if begun.startswith("step")] == [
            f"step {number}" for number in range(1, 5)
        ]


def test_on_a_card_a_job_goes_down_the_ladder(model: ModelInfo, loaded: StableDiffusion) -> None:
    card = DeviceFacts("cuda", "A card", 24 << 30, 20 << 30, 64 << 30, (8, 9))
    placed: list[Offload] = []

    def load(info: ModelInfo, device: Device) -> Family:
        assert device.placement is not None
        placed.append(device.placement.offload)
        if device.placement.offload in (Offload.NONE, Offload.MODEL):
            return Watched(loaded, refuse)
        return loaded

    def refuse(stage: str) -> None:
        if stage == "step 2":
            raise torch.OutOfMemoryError("fake device out of memory")

    bench = Bench(model, loaded, load_family=load, measure=lambda device: card)
    bench.run(job())
    assert placed == [Offload.NONE, Offload.NONE, Offload.MODEL, Offload.GROUP]
    bench.run(job(seed=2))
    assert len(placed) == 4  # what was learnt holds


def test_a_model_too_large_to_load_whole_is_loaded_another_way(
    model: ModelInfo, loaded: StableDiffusion
) -> None:
    card = DeviceFacts("cuda", "A card", 24 << 30, 20 << 30, 64 << 30, (8, 9))

    def load(info: ModelInfo, device: Device) -> Family:
        assert device.placement is not None
        if device.placement.offload is Offload.NONE:
            raise torch.OutOfMemoryError("fake device out of memory")
        return loaded

    bench = Bench(model, loaded, load_family=load, measure=lambda device: card)
    bench.run(job())
    assert bench.runner.placement.startswith("Its parts take turns on the card")
