"""What was painted over a step, in its latents."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from studio.domain.events import Pixels
from studio.engine.denoise import Denoising, Step, denoised
from studio.engine.families.family import Family
from studio.engine.noise_mending import as_model_input


@torch.inference_mode()
def imagined(job: Denoising, step: Step | None) -> torch.Tensor:
    """The finished latents (B, C, h, w) that the model imagined in `step`, the last one that `job`
    took; or those that it imagines now, if the job took none yet."""
    if step is not None:
        return step.denoised()
    schedule = job.schedule
    index, level = schedule.index_after(job.step), schedule.level_after(job.step)
    seen = as_model_input(job.latents, schedule, level)
    output = job.predict(seen, job.device_timesteps[index], schedule.moment(index))
    return denoised(seen, output, level, schedule.prediction_type)


@torch.inference_mode()
def paint_over(
    job: Denoising, before: torch.Tensor, painted: Pixels, family: Family, seed: int
) -> None:
    """Have `job` go on as if the model had imagined the painted picture.

    `before` (1, C, h, w) is what it did imagine; `painted` (H, W, 4), with straight alpha, lies
    over its pixels. The noise in the latents stays as it is, and so does all that no painted pixel
    touches, bit for bit. `seed` is for an autoencoder that draws its latents.
    """
    after, touched = _blended(before, painted, family, seed)
    level = job.schedule.level_after(job.step)
    scale = 1.0 if job.schedule.explodes else level[0]
    job.latents = torch.where(touched, job.latents + scale * (after - before), job.latents)
    _remember(job, before, after, touched)


@torch.inference_mode()
def painted_latents(
    latents: torch.Tensor, painted: Pixels, family: Family, seed: int
) -> torch.Tensor:
    """Finished latents (1, C, h, w) painted over, as `paint_over` does it under noise."""
    after, touched = _blended(latents, painted, family, seed)
    return torch.where(touched, after, latents)


def _blended(
    before: torch.Tensor, painted: Pixels, family: Family, seed: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The latents of what was imagined `before` with that over it, and which of them it touches."""
    rgba = torch.from_numpy(painted.transpose(2, 0, 1)[None] / np.float32(255)).to(before.device)
    colours, alpha = rgba[:, :3], rgba[:, 3:]
    below = (family.decode(before).float() * 0.5 + 0.5).clamp(0, 1)
    above = below + alpha * (colours - below)
    # How much of a latent's pixels is painted; its place is touched if any of them is.
    height, width = before.shape[-2:]
    share = functional.adaptive_avg_pool2d(alpha, (height, width)).to(before)
    touched = share > 0

    def encoded(pixels: torch.Tensor) -> torch.Tensor:
        return family.encode(pixels, [torch.Generator("cpu").manual_seed(seed)])

    # What encoding loses is given back as far as a place isn't painted, so that a faint stroke
    # changes little.
    return encoded(above) + (1 - share) * (before - encoded(below)), touched


def _remember(
    job: Denoising, before: torch.Tensor, after: torch.Tensor, touched: torch.Tensor
) -> None:
    """Have a multistep scheduler believe that the model imagined `after` all along.

    DPM++ and UniPC lead on from what was imagined in the last steps, and UniPC even corrects the
    latents by those of the step before: with memories of the old picture they would draw it again.
    Where nothing was painted they remember what they did; where something was, all that they
    remember is the painted picture, so that the next step is one of first order there.
    """
    scheduler = job.scheduler
    if hasattr(scheduler, "model_outputs"):
        scheduler.model_outputs = [
            None if output is None else torch.where(touched, after, output)
            for output in scheduler.model_outputs
        ]
    sample = getattr(scheduler, "last_sample", None)
    if sample is not None:
        alpha, _ = job.schedule.noise_levels[job.schedule.index_after(job.step) - 1]
        scheduler.last_sample = torch.where(touched, sample + alpha * (after - before), sample)
