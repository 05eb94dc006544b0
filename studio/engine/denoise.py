"""The denoising loop: from noise to latents, one step after the other.

The loop knows nothing of windows, threads or cancelling: it yields after every step, and who pulls
it decides whether there is a next one. The same arithmetic in the same order as diffusers'
pipelines, which tests/engine/test_denoise.py holds it to, bit for bit.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

from studio.domain.errors import RequestError
from studio.domain.events import StepSnapshot
from studio.domain.request import Request
from studio.engine.families.family import Family, Predict
from studio.engine.held_latents import HeldLatents, is_hard
from studio.engine.schedulers import make_scheduler, noise_level
from studio.engine.snapshots import Checkpoint, SchedulerState, to_checkpoint


@dataclass
class Denoising:
    """A job between two steps: what the loop reads and moves forward.

    `latents` is (B, C, h, w). `timesteps` and `device_timesteps` are the same numbers on the CPU,
    for the scheduler, and on the device, for the model; `noise_levels` are how the model's input
    is mixed there. `held` is what stays as it is under a mask. A step of the artist is
    `scheduler.order` of them (Heun evaluates the model twice for each step but the last). `step`
    counts the finished steps.
    """

    predict: Predict
    scheduler: Any
    prepared_state: SchedulerState
    generators: list[torch.Generator]
    latents: torch.Tensor
    timesteps: torch.Tensor
    device_timesteps: torch.Tensor
    noise_levels: list[tuple[float, float]]
    held: HeldLatents | None = None
    step: int = 0
    total_steps: int = field(init=False)

    def __post_init__(self) -> None:
        self.total_steps = -(-len(self.timesteps) // self.scheduler.order)

    def checkpoint(self) -> Checkpoint:
        """All that is needed to go on from here. Copies no tensor."""
        return Checkpoint(
            step=self.step,
            latents=self.latents,
            scheduler=SchedulerState.of(self.scheduler).since(self.prepared_state),
            generators=tuple(generator.get_state() for generator in self.generators),
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back or forth to `checkpoint`; this job is freshly prepared.

        Raises:
            RequestError: the checkpoint is of another size, count or number of steps.
        """
        if checkpoint.latents.shape != self.latents.shape or checkpoint.step > self.total_steps:
            raise RequestError(
                "This step belongs to a picture of another size, count or number of steps.",
                "Keep these as they were.",
            )
        checkpoint.scheduler.apply_to(self.scheduler)
        self.latents = checkpoint.latents.to(self.latents.dtype)
        self.step = checkpoint.step
        for generator, state in zip(self.generators, checkpoint.generators, strict=True):
            generator.set_state(state)


@dataclass(frozen=True, slots=True)
class Step:
    """A finished step. `number` runs from 1 to `total`; `latents` is (B, C, h, w)."""

    number: int
    total: int
    latents: torch.Tensor
    checkpoint: Checkpoint
    model_input: torch.Tensor
    model_output: torch.Tensor
    noise_level: tuple[float, float]
    prediction_type: str

    @torch.inference_mode()
    def denoised(self) -> torch.Tensor:
        """The model's present idea of the finished latents, (B, C, h, w).

        From x = α·x₀ + σ·ε and v = α·ε − σ·x₀ (Salimans & Ho 2022, appendix D).
        """
        alpha, sigma = self.noise_level
        match self.prediction_type:
            case "sample":
                return self.model_output
            case "v_prediction":
                return alpha * self.model_input - sigma * self.model_output
        return (self.model_input - sigma * self.model_output) / max(alpha, 1e-4)


@torch.inference_mode()
def prepare(
    family: Family,
    request: Request,
    init_pixels: torch.Tensor | None = None,
    change: torch.Tensor | None = None,
) -> Denoising:
    """Everything that comes before the first step.

    `init_pixels` is what to start from, at the request's size and in [0, 1]: one picture
    (1, 3, H, W) for all, or one for each. `change` (1, 1, H, W) says how much of it may change,
    from 0 (nothing) to 1; None is all.

    Raises:
        RequestError: the scheduler can't do what the request asks for.
    """
    # 1. The steps. With a start picture only the last `strength` of them, and at least one.
    steps = request.num_inference_steps
    scheduler = make_scheduler(request.scheduler, family.scheduler_config, steps)
    taken = steps if init_pixels is None else max(1, min(int(steps * request.strength), steps))
    begin_index = (steps - taken) * scheduler.order
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(begin_index)
    timesteps = scheduler.timesteps[begin_index:]
    noise_levels = [noise_level(scheduler, begin_index + i, t) for i, t in enumerate(timesteps)]

    # 2. Noise from the CPU, one generator for each picture: the same seeds on every device.
    images = request.num_images_per_prompt
    generators = [torch.Generator("cpu").manual_seed(request.seed + i) for i in range(images)]

    # 3. The latents to begin with: noise alone, or the start picture under noise.
    only_noise = init_pixels is None or (change is not None and request.strength == 1)
    # A model that is told the mask keeps to it by itself; greys are beyond it.
    holds = change is not None and not (family.takes_mask and is_hard(change))
    held = None
    if init_pixels is None or (only_noise and not holds):
        noise = family.noise(request.size, generators)
    else:
        clean = family.encode(init_pixels, generators)
        noise = family.noise(request.size, generators)
        if change is not None:
            # As diffusers lays them out: on that depends in which order a convolution sums.
            clean = clean.contiguous()
        if change is not None and holds:
            held = HeldLatents.under(change, clean, noise)
    if only_noise:
        latents = noise * scheduler.init_noise_sigma
    else:
        latents = scheduler.add_noise(clean, noise, timesteps[:1].repeat(images))

    # 4. The prompts as the model reads them and, if it wants to see it, what to paint.
    conditioning = None
    if family.takes_mask:
        conditioning = family.masked(request.size, init_pixels, change, generators)
    predict = family.predictor(request, conditioning)

    return Denoising(
        predict=predict,
        scheduler=scheduler,
        prepared_state=SchedulerState.of(scheduler),
        generators=generators,
        latents=latents,
        timesteps=timesteps,
        device_timesteps=timesteps.to(latents.device),
        noise_levels=noise_levels,
        held=held,
    )


@torch.inference_mode()
def denoise(job: Denoising) -> Iterator[Step]:
    """Take the steps that remain, and yield after each. `job` moves forward with them."""
    scheduler = job.scheduler
    step_options: dict[str, Any] = {"return_dict": False}
    if "generator" in inspect.signature(scheduler.step).parameters:
        step_options["generator"] = job.generators

    while job.step < job.total_steps:
        first = job.step * scheduler.order
        for index in range(first, min(first + scheduler.order, len(job.timesteps))):
            timestep = job.timesteps[index]

            # 1. The latents as the model wants to see them at this noise level.
            model_input = scheduler.scale_model_input(job.latents, timestep)

            # 2. What the model sees in them: noise, velocity or the picture.
            model_output = job.predict(model_input, job.device_timesteps[index])

            # 3. One step towards less noise.
            job.latents = scheduler.step(model_output, timestep, job.latents, **step_options)[0]

            # 4. Under a mask, what stays as it is: the picture at the new noise level.
            if job.held is not None:
                job.latents = job.held.laid_into(job.latents, scheduler, job.timesteps, index)

        job.step += 1
        yield Step(
            number=job.step,
            total=job.total_steps,
            latents=job.latents,
            checkpoint=job.checkpoint(),
            model_input=model_input,
            model_output=model_output,
            noise_level=job.noise_levels[index],
            prediction_type=scheduler.config.prediction_type,
        )


def run_from(job: Denoising, snapshot: StepSnapshot) -> Iterator[Step]:
    """Take the steps after `snapshot`: with an unchanged request, the same pixels bit for bit.

    `job` is freshly prepared from the request; a changed request makes a branch.

    Raises:
        RequestError: the snapshot is damaged, or doesn't fit the request's size, count or steps.
    """
    job.restore(to_checkpoint(snapshot, job.latents.device))
    return denoise(job)
