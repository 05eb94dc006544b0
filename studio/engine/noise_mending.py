"""Latents at the noise level, and in the convention, that another scheduler goes on from."""

from __future__ import annotations

import torch

from studio.domain.errors import RequestError
from studio.domain.request import Request
from studio.engine.denoise import Denoising, denoised
from studio.engine.families.family import Family
from studio.engine.schedule import (
    NoiseLevel,
    Schedule,
    is_noise_alone,
    is_same_level,
    timestep_of,
)


@torch.inference_mode()
def taken_over(
    latents: torch.Tensor, before: Schedule, job: Denoising, request: Request, family: Family
) -> torch.Tensor:
    """`latents` (B, C, h, w), which were made by `before`, for the next step of `job`.

    `job` is prepared from `request` for a schedule that begins at about the same level of noise.
    Where it begins with more, noise of the job's generators is added; where with less, `family`
    tells picture and noise apart, and they are mixed anew.

    Raises:
        RequestError: one of both is a flow matching model's, the other isn't.
    """
    if is_noise_alone(request, job.step):
        return latents * (job.schedule.initial_scale / before.initial_scale)
    if before.flows != job.schedule.flows:
        raise RequestError(
            f"“{request.model}” goes from noise to picture in another way than the model of this "
            "step.",
            "Keep the model, or choose one of the same kind.",
        )
    level, wanted = before.level_after(job.step), job.schedule.level_after(job.step)
    mixed = as_model_input(latents, before, level)
    if not is_same_level(level, wanted):
        mixed = _mended(mixed, level, wanted, job, request, family)
    return mixed / wanted[0] if job.schedule.explodes else mixed


def as_model_input(latents: torch.Tensor, schedule: Schedule, level: NoiseLevel) -> torch.Tensor:
    """`latents` of `schedule` as alpha · picture + sigma · noise."""
    return latents * level[0] if schedule.explodes else latents


def _mended(
    mixed: torch.Tensor,
    level: NoiseLevel,
    wanted: NoiseLevel,
    job: Denoising,
    request: Request,
    family: Family,
) -> torch.Tensor:
    (alpha, sigma), (wanted_alpha, wanted_sigma) = level, wanted
    if wanted_sigma > sigma:
        kept = wanted_alpha / alpha
        added: float = (wanted_sigma**2 - (kept * sigma) ** 2) ** 0.5
        return kept * mixed + added * family.noise(request.size, job.generators)
    timestep = torch.tensor(timestep_of(job.scheduler, level))
    if not job.device_timesteps.is_floating_point():
        timestep = timestep.round()
    timestep = timestep.to(job.device_timesteps)
    output = job.predict(mixed, timestep, job.schedule.moment(0))
    picture = denoised(mixed, output, level, job.schedule.prediction_type)
    noise = (mixed - alpha * picture) / sigma
    return wanted_alpha * picture + wanted_sigma * noise
