"""What the tests of all flow matching families ask of them: diffusers' own schedulers, and our loop
from request to latents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import diffusers
import numpy as np
import torch
from PIL import Image

from studio.domain.request import PictureRef, Request
from studio.domain.schedulers import Scheduler
from studio.engine.denoise import Step, denoise, prepare, run_from
from studio.engine.families.family import Family
from studio.engine.snapshots import to_snapshot

STEPS = 4
HEIGHT, WIDTH = 48, 64
START = PictureRef("0" * 64, WIDTH, HEIGHT)
MASK = np.zeros((HEIGHT, WIDTH), np.float32)
MASK[16:48, 16:40] = 1  # on the latents' grid, where diffusers' sampling of the mask and ours agree

# Written out again here, so that a slip in the engine's own table shows.
FLOW: dict[Scheduler, tuple[str, dict[str, Any]]] = {
    Scheduler.EULER: ("FlowMatchEulerDiscreteScheduler", {}),
    Scheduler.HEUN: ("FlowMatchHeunDiscreteScheduler", {}),
    Scheduler.DPMPP_2M: ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++"}),
    Scheduler.DPMPP_2M_SDE: ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
    Scheduler.UNIPC: ("UniPCMultistepScheduler", {}),
    Scheduler.LCM: ("FlowMatchLCMScheduler", {}),
}
FLOWS = {"use_flow_sigmas": True, "prediction_type": "flow_prediction"}
DRAWS = (Scheduler.DPMPP_2M_SDE, Scheduler.LCM)
Reshape = Callable[[torch.Tensor], torch.Tensor]


def flow_request(**changes: Any) -> Request:
    values: dict[str, Any] = {
        "prompt": "a cat",
        "negative_prompt": "rain",
        "seed": 7,
        "model": "tiny",
        "width": WIDTH,
        "height": HEIGHT,
        "num_inference_steps": STEPS,
        "guidance_scale": 3.5,
        "strength": 0.5,
    }
    return Request(**{**values, **changes})


def generators(request: Request) -> list[torch.Generator]:
    images = range(request.num_images_per_prompt)
    return [torch.Generator().manual_seed(request.seed + i) for i in images]


def diffusers_scheduler(
    name: Scheduler,
    config: Mapping[str, Any],
    request: Request,
    *,
    unpack: Reshape = lambda latents: latents,
    pack: Reshape = lambda latents: latents,
) -> Any:
    """diffusers' own; pipelines give it no generator, so those that draw noise get one here, and
    draw it for latents (B, C, h, w), which `unpack` and `pack` lead to and from.

    The noise must be the pipeline's next: the scheduler draws from `.drawn`, to which the pipeline
    is to be given, too.
    """
    class_name, options = FLOW[name]
    if not class_name.startswith("FlowMatch"):
        options = {**options, **FLOWS, "flow_shift": config["shift"]}
    scheduler = getattr(diffusers, class_name).from_config({**config, **options})
    scheduler.drawn = generators(request)
    if name in DRAWS:
        plain = scheduler.step

        def step(output: torch.Tensor, timestep: Any, sample: torch.Tensor, **more: Any) -> Any:
            drawn = plain(
                unpack(output), timestep, unpack(sample), generator=scheduler.drawn, **more
            )
            return (pack(drawn[0]),)

        scheduler.step = step
    return scheduler


def reader_parts(family: Any) -> dict[str, Any]:
    """What diffusers' pipeline is made of, where a language model reads the prompt."""
    return {
        "transformer": family.transformer,
        "vae": family.vae,
        "text_encoder": family.reader.text_encoder,
        "tokenizer": family.reader.tokenizer,
    }


def from_pipeline(
    pipeline_class: Any, parts: Mapping[str, Any], scheduler: Any, request: Request, **more: Any
) -> Any:
    """What diffusers' own pipeline makes of a request: latents, unless `more`, which is given to
    it besides, asks for something else. `scheduler` comes from `diffusers_scheduler`."""
    pipeline = pipeline_class(scheduler=scheduler, **parts)
    pipeline.set_progress_bar_config(disable=True)
    options: dict[str, Any] = {
        "prompt": request.prompt,
        "height": request.height,
        "width": request.width,
        "num_inference_steps": request.num_inference_steps,
        "num_images_per_prompt": request.num_images_per_prompt,
        "generator": scheduler.drawn,
        "output_type": "latent",
    }
    return pipeline(**{**options, **more}).images


def start_picture() -> Image.Image:
    pixels = np.random.default_rng(3).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    return Image.fromarray(pixels)


def mask_picture() -> Image.Image:
    return Image.fromarray((MASK * 255).astype(np.uint8))


def init_pixels() -> torch.Tensor:
    array = np.asarray(start_picture(), np.float32) / 255.0
    return torch.from_numpy(array.transpose(2, 0, 1)[None])


def steps_of(family: Family, request: Request, *, masked: bool = False) -> list[Step]:
    """All steps of our loop."""
    init = None if request.init_image is None else init_pixels()
    change = torch.from_numpy(MASK[None, None]) if masked else None
    return list(denoise(prepare(family, request, init, change)))


def ours(family: Family, request: Request, *, masked: bool = False) -> torch.Tensor:
    """The finished latents, (B, C, h, w)."""
    return steps_of(family, request, masked=masked)[-1].latents


def goes_on_alike(family: Family, request: Request, *, masked: bool = False) -> bool:
    """Whether our loop comes to the same bits from what was kept of every single step."""
    steps = steps_of(family, request, masked=masked)
    init = None if request.init_image is None else init_pixels()
    change = torch.from_numpy(MASK[None, None]) if masked else None
    for step in steps[:-1]:
        job = prepare(family, request, init, change)
        *_, last = run_from(job, to_snapshot(step.checkpoint))
        if not torch.equal(last.latents, steps[-1].latents):
            return False
    return True
