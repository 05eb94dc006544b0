"""The denoising loop: from noise to latents, one step after the other.

The loop knows nothing of windows, threads or cancelling: it yields after every step, and who pulls
it decides whether there is a next one. The same arithmetic in the same order as diffusers'
pipelines, which tests/engine/test_denoise.py holds it to, bit for bit.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from studio.domain.errors import RequestError
from studio.domain.events import StepSnapshot
from studio.domain.request import Request
from studio.engine.conditioning import NOTHING, Conditioning
from studio.engine.families.family import Family, Predict
from studio.engine.held_latents import HeldLatents, is_hard
from studio.engine.schedule import NoiseLevel, Schedule, origin, schedule_of
from studio.engine.snapshots import Checkpoint, SchedulerState, to_checkpoint
from studio.engine.tiled_prediction import tiled_predictor
from studio.prompting import split_loras


@dataclass
class Denoising:
    """A job between two steps: what the loop reads and moves forward.

    `latents` is (B, C, h, w). `device_timesteps` are the schedule's timesteps on the device, for
    the model. `held` is what stays as it is under a mask. `step` counts the finished steps, those
    of a branch's parent included.
    """

    predict: Predict
    schedule: Schedule
    prepared_state: SchedulerState
    generators: list[torch.Generator]
    latents: torch.Tensor
    device_timesteps: torch.Tensor
    held: HeldLatents | None = None
    step: int = field(init=False)

    def __post_init__(self) -> None:
        self.step = self.schedule.first_step

    @property
    def scheduler(self) -> Any:
        return self.schedule.scheduler

    @property
    def total_steps(self) -> int:
        return self.schedule.total_steps

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
        steps = range(self.schedule.first_step, self.total_steps + 1)
        if checkpoint.latents.shape != self.latents.shape or checkpoint.step not in steps:
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
    noise_level: NoiseLevel
    prediction_type: str

    def denoised(self) -> torch.Tensor:
        """The model's present idea of the finished latents, (B, C, h, w)."""
        return denoised(self.model_input, self.model_output, self.noise_level, self.prediction_type)


@torch.inference_mode()
def denoised(
    model_input: torch.Tensor, model_output: torch.Tensor, level: NoiseLevel, prediction_type: str
) -> torch.Tensor:
    """The finished latents (B, C, h, w) that a model imagines.

    From x = α·x₀ + σ·ε and v = α·ε − σ·x₀ (Salimans & Ho 2022, appendix D); with flow matching,
    from x = (1 − σ)·x₀ + σ·ε and v = ε − x₀ (Lipman et al. 2022).
    """
    alpha, sigma = level
    match prediction_type:
        case "sample":
            return model_output
        case "v_prediction":
            return alpha * model_input - sigma * model_output
        case "flow_prediction":
            return model_input - sigma * model_output
    return (model_input - sigma * model_output) / max(alpha, 1e-4)


@torch.inference_mode()
def prepare(
    family: Family,
    request: Request,
    init_pixels: torch.Tensor | None = None,
    change: torch.Tensor | None = None,
    schedule: Schedule | None = None,
    conditioning: Conditioning = NOTHING,
    init_latents: torch.Tensor | None = None,
) -> Denoising:
    """Everything that comes before the first step.

    `init_pixels` is what to start from, at the request's size and in [0, 1]: one picture
    (1, 3, H, W) for all, or one for each. `change` (1, 1, H, W) says how much of it may change,
    from 0 (nothing) to 1; None is all. `schedule` is a fresh one of `request`, of which a branch
    from another model can't be told by this `family` alone. `conditioning` is what else the model
    is to look at. `init_latents` (1 or B, C, h, w) are to start from where there are no pixels.

    A branch is prepared as its origin was; what it begins with is its parent's checkpoint. A
    picture to edit isn't started from: the model looks at it.

    Raises:
        RequestError: the scheduler can't do what the request asks for.
    """
    if request.edit and init_pixels is not None:
        if not family.edits:
            raise RequestError(
                f"“{request.model}” can't change a picture as the prompt says.",
                "Choose a model made for editing, or draw over the picture instead.",
            )
        conditioning, init_pixels = replace(conditioning, edited=init_pixels), None

    # 1. The steps. With a start picture only the last `strength` of them, and at least one.
    if schedule is None:
        schedule = schedule_of(request, lambda model: family.scheduler_config)
    scheduler, timesteps = schedule.scheduler, schedule.timesteps

    # 2. Noise from the CPU, one generator for each picture: the same seeds on every device.
    images, seed = request.num_images_per_prompt, origin(request).seed
    generators = [torch.Generator("cpu").manual_seed(seed + i) for i in range(images)]

    # 3. The latents to begin with: noise alone, or the start picture under noise.
    starts = init_pixels is not None or init_latents is not None
    only_noise = not starts or (change is not None and request.strength == 1)
    # A model that is told the mask keeps to it by itself; greys are beyond it.
    holds = change is not None and not (family.takes_mask and is_hard(change))
    clean, held = init_latents, None
    if init_pixels is not None and (holds or not only_noise):
        clean = family.encode(init_pixels, generators)
    noise = family.noise(request.size, generators)
    if clean is not None and change is not None:
        # As diffusers lays them out: on that depends in which order a convolution sums.
        clean = clean.contiguous()
        if holds:
            held = HeldLatents.under(change, clean, noise)
    if only_noise or clean is None:
        latents = noise * schedule.initial_scale
    else:
        latents = schedule.under_noise(clean, noise, 0)

    # 4. The prompts as the model reads them and, if it wants to see it, what to paint.
    if family.takes_mask:
        masked = family.masked(request.size, init_pixels, change, generators)
        conditioning = replace(conditioning, masked=masked)
    predict = tiled_predictor(family, _in_words(request), conditioning, latents)

    return Denoising(
        predict=predict,
        schedule=schedule,
        prepared_state=SchedulerState.of(scheduler),
        generators=generators,
        latents=latents,
        device_timesteps=timesteps.to(latents.device),
        held=held,
    )


def _in_words(request: Request) -> Request:
    """`request` without what its prompts say beside words: the LoRAs are in the model already."""
    prompt, _ = split_loras(request.prompt)
    negative_prompt, _ = split_loras(request.negative_prompt)
    if (prompt, negative_prompt) == (request.prompt, request.negative_prompt):
        return request
    return replace(request, prompt=prompt, negative_prompt=negative_prompt)


@torch.inference_mode()
def denoise(job: Denoising) -> Iterator[Step]:
    """Take the steps that remain, and yield after each. `job` moves forward with them."""
    schedule, scheduler, total = job.schedule, job.scheduler, job.total_steps
    timesteps, order, evaluations = schedule.timesteps, scheduler.order, len(schedule.timesteps)
    step_options: dict[str, Any] = {"return_dict": False}
    if "generator" in inspect.signature(scheduler.step).parameters:
        step_options["generator"] = job.generators

    while job.step < total:
        first = schedule.index_after(job.step)
        for index in range(first, min(first + order, evaluations)):
            timestep = timesteps[index]

            # 1. The latents as the model wants to see them at this noise level.
            model_input = schedule.seen(job.latents, index)

            # 2. What the model sees in them: noise, velocity or the picture.
            moment = schedule.moment(index)
            model_output = job.predict(model_input, job.device_timesteps[index], moment)

            # 3. One step towards less noise.
            job.latents = scheduler.step(model_output, timestep, job.latents, **step_options)[0]

            # 4. Under a mask, what stays as it is: the picture at the new noise level.
            if job.held is not None:
                job.latents = job.held.laid_into(job.latents, schedule, index)

        job.step += 1
        yield Step(
            number=job.step,
            total=total,
            latents=job.latents,
            checkpoint=job.checkpoint(),
            model_input=model_input,
            model_output=model_output,
            noise_level=schedule.noise_levels[index],
            prediction_type=schedule.prediction_type,
        )


def run_from(job: Denoising, snapshot: StepSnapshot) -> Iterator[Step]:
    """Take the steps after `snapshot`: with an unchanged request, the same pixels bit for bit.

    `job` is freshly prepared from the request; a changed request makes a branch.

    Raises:
        RequestError: the snapshot is damaged, or doesn't fit the request's size, count or steps.
    """
    job.restore(to_checkpoint(snapshot, job.latents.device))
    return denoise(job)
