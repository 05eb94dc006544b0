"""The sides of the GPU benchmark: the same picture, made by diffusers and by the studio."""

from __future__ import annotations

import asyncio
import copy
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from studio.benchmark.gpu_parts import make_family, make_pipeline
from studio.benchmark.gpu_shapes import Shape
from studio.benchmark.gpu_timing import synchronize
from studio.domain.events import ImageReady, JobFailed, Pixels, StepPreview
from studio.domain.geometry import Size
from studio.domain.model import ModelInfo
from studio.domain.placement import EngineWishes, PlacementWishes
from studio.domain.planning import DeviceFacts
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.devices import Device
from studio.engine.families.family import Family
from studio.engine.fast import CUDA_GRAPHS, apply_modes
from studio.engine.runner import DiffusionRunner
from studio.engine.worker import LocalEngine

BARE: Final = "diffusers"
BARE_AGAIN: Final = "diffusers, again"
RECOMMENDED: Final = "diffusers, compiled"
OURS: Final = "ours"
OURS_FAST: Final = "ours, fast"
OURS_STREAMED: Final = "ours, fast, streamed with previews"
_PROMPT: Final = "a fox in the snow"
_ENOUGH: Final = 1 << 50
_TRIES: Final = 5


@dataclass
class Sides:
    """Makes the same pictures in different ways; `pixels` are the last ones of each.

    Args:
        parts: of one model. What changes them works on a copy of the denoiser.
        compiles: whether the compiler is tried; it takes minutes.
    """

    shape: Shape
    parts: dict[str, Any]
    device: Device
    compiles: bool
    pixels: dict[str, Pixels] = field(default_factory=dict)
    modes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        kind = self.device.torch_device.type
        hastened = dict(self.parts)
        name = "unet" if "unet" in hastened else "transformer"
        for part in (name, "vae"):
            hastened[part] = copy.deepcopy(self.parts[part])
        # A UNet's steps are launched as graphs, which compiled blocks can't be; a transformer's
        # blocks are compiled.
        wished = ["channels-last", CUDA_GRAPHS] if name == "unet" else []
        if self.compiles and name == "transformer":
            wished.append("compile")
        self.modes = apply_modes(hastened, wished, kind)
        self._pipeline = make_pipeline(self.shape, self.parts)
        self._recommended = self._make_recommended(name) if self.compiles else None
        plain, fast = make_family(self.shape, self.parts), make_family(self.shape, hastened)
        self.plain = self.runner_of(plain, (), previews=False)
        self.fast = self.runner_of(fast, tuple(self.modes), previews=False)
        self._engine = LocalEngine(lambda: self.runner_of(fast, tuple(self.modes), previews=True))

    def works(self) -> dict[str, Callable[[int], float]]:
        """From a seed to the seconds that a job takes, for each side."""
        works = {
            BARE: lambda seed: self.bare(self._pipeline, BARE, seed),
            OURS: lambda seed: self.ours(self.plain, OURS, seed),
            OURS_FAST: lambda seed: self.ours(self.fast, OURS_FAST, seed),
            OURS_STREAMED: lambda seed: asyncio.run(self._streamed(seed)),
            BARE_AGAIN: lambda seed: self.bare(self._pipeline, BARE_AGAIN, seed),
        }
        if self._recommended is not None:
            works[RECOMMENDED] = lambda seed: self.bare(self._recommended, RECOMMENDED, seed)
        return works

    def bare(self, pipeline: Any, name: str, seed: int, steps: int | None = None) -> float:
        """Seconds of diffusers' pipeline."""
        shape = self.shape
        synchronize(self.device.torch_device)
        started = time.perf_counter()
        picture = pipeline(
            _PROMPT,
            width=shape.side,
            height=shape.side,
            num_inference_steps=steps or shape.steps,
            guidance_scale=shape.guidance_scale,
            generator=torch.Generator("cpu").manual_seed(seed),
        ).images[0]
        seconds = time.perf_counter() - started
        self.pixels[name] = np.asarray(picture)
        return seconds

    def ours(
        self, runner: DiffusionRunner, name: str, seed: int, steps: int | None = None
    ) -> float:
        """Seconds of the studio's engine, on this thread."""
        started = time.perf_counter()
        *_, ready = runner.run(self.request(seed, steps), Control())
        seconds = time.perf_counter() - started
        if not isinstance(ready, ImageReady):
            raise RuntimeError("no picture")
        self.pixels[name] = ready.images[0]
        return seconds

    def step_s(self, name: str) -> float:
        """Seconds of one step: what further ones add to a job, the median of some tries."""
        runner = {OURS: self.plain, OURS_FAST: self.fast}.get(name)

        def job(steps: int) -> float:
            if runner is None:
                return self.bare(self._pipeline, "", 1, steps)
            return self.ours(runner, "", 1, steps)

        more = self.shape.steps
        return statistics.median((job(more) - job(1)) / (more - 1) for _ in range(_TRIES))

    async def _streamed(self, seed: int) -> float:
        started = time.perf_counter()
        async for event in self._engine.submit(self.request(seed)).events():
            match event:
                case ImageReady():
                    self.pixels[OURS_STREAMED] = event.images[0]
                    return time.perf_counter() - started
                case JobFailed():
                    raise event.error
        raise RuntimeError("the job was cancelled")

    async def first_preview_and_cancel_s(self) -> tuple[float, float]:
        """Seconds from the click to the first preview, and from Stop to the idle engine."""
        started = time.perf_counter()
        job = self._engine.submit(self.request(99))
        first = stopped = 0.0
        async for event in job.events():
            if isinstance(event, StepPreview) and not first:
                first, stopped = time.perf_counter() - started, time.perf_counter()
                job.cancel()
        while self._engine.running is not None:
            await asyncio.sleep(0)
        return first, time.perf_counter() - stopped

    def close(self) -> None:
        self._engine.close()

    def request(self, seed: int, steps: int | None = None) -> Request:
        shape = self.shape
        return Request(
            prompt=_PROMPT,
            seed=seed,
            model=shape.name,
            width=shape.side,
            height=shape.side,
            num_inference_steps=steps or shape.steps,
            guidance_scale=shape.guidance_scale,
            scheduler=shape.scheduler,
        )

    def _make_recommended(self, name: str) -> Any:
        """As diffusers' guide says: channels last, fused projections, compiled."""
        parts = dict(self.parts)
        for part in (name, "vae"):
            parts[part] = copy.deepcopy(self.parts[part])
        if name == "unet":
            parts["unet"].to(memory_format=torch.channels_last)
            parts["vae"].to(memory_format=torch.channels_last)
        if hasattr(parts[name], "fuse_qkv_projections"):
            parts[name].fuse_qkv_projections()
        on_gpu = self.device.torch_device.type == "cuda"
        parts[name].compile(fullgraph=True, mode="max-autotune" if on_gpu else "default")
        return make_pipeline(self.shape, parts)

    def runner_of(
        self, family: Family, modes: tuple[str, ...], *, previews: bool
    ) -> DiffusionRunner:
        """A runner with the model loaded, and its fast modes on."""
        shape = self.shape
        info = ModelInfo(
            name=shape.name,
            title=shape.title,
            family=shape.name,
            path=Path(shape.name),
            size_multiple_px=16,
            sizes=(Size(shape.side, shape.side),),
            default_steps=shape.steps,
            default_guidance_scale=shape.guidance_scale,
            default_scheduler=shape.scheduler,
            licence="",
            parameters=1,
        )
        wishes = EngineWishes(PlacementWishes(fast=modes))
        runner = DiffusionRunner(
            lambda model: info,
            _no_picture,
            previews=previews,
            device=self.device,
            wishes=lambda: wishes,
            measure=lambda device: replace(_ROOM, kind=device.torch_device.type),
            load_family=lambda info, device: family,
        )
        runner.load(shape.name)
        return runner


# The benchmark lends its own parts: where they lie isn't to be decided again.
_ROOM: Final = DeviceFacts("cpu", "", _ENOUGH, _ENOUGH, _ENOUGH)


def _no_picture(digest: str) -> Pixels:
    raise LookupError(digest)
