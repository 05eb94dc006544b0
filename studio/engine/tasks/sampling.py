"""From a start to finished latents, with a preview of each step."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass

import torch

from studio.domain.events import Pixels, StepPreview
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.denoise import denoise, prepare
from studio.engine.families.family import Family
from studio.engine.preview import make_previewer, no_preview
from studio.engine.snapshots import Checkpoint
from studio.engine.tasks.tools import Tools


@dataclass(frozen=True, slots=True)
class Sampled:
    """Finished latents (B, C, h, w), a preview of each step (N, B, h, w, 3), and a checkpoint of
    each step from 0."""

    latents: torch.Tensor
    previews: Pixels
    checkpoints: tuple[Checkpoint, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Which of a job's samplings this is: `number` from 0, of `count` of equally many steps.

    `started` is when the job began, in `time.perf_counter()`'s seconds.
    """

    started: float
    number: int = 0
    count: int = 1


def sample(
    tools: Tools,
    family: Family,
    request: Request,
    control: Control,
    part: Part,
    init_pixels: torch.Tensor | None = None,
    change: torch.Tensor | None = None,
) -> Generator[StepPreview, None, Sampled | None]:
    """Take the steps of `request` with `family`; the pixels and what may change as in `prepare`.

    Returns:
        None when `control` said stop between two steps.
    """
    job = prepare(family, request, init_pixels, change)
    checkpoints = [job.checkpoint()]
    draw = family.preview if tools.previews else no_preview
    previewer = make_previewer(draw, tools.device.torch_device)
    loop_started = time.perf_counter()
    steps = denoise(job)
    while not control.cancelled:
        step = next(steps, None)
        if step is None:
            return Sampled(job.latents, previewer.all(), tuple(checkpoints))
        checkpoints.append(step.checkpoint)
        if (newest := previewer.offer(step.number, step.denoised())) is not None:
            number, pixels = newest
            now = time.perf_counter()
            yield StepPreview(
                generation=control.generation,
                step=part.number * step.total + number,
                total_steps=part.count * step.total,
                pixels=pixels,
                elapsed_s=now - part.started,
                seconds_per_step=(now - loop_started) / number,
            )
    return None
