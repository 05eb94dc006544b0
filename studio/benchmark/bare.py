"""The bare minimum to time the studio against: a pipeline in a script, a loop and nothing else."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from studio.benchmark.workload import Workload
from studio.domain.events import Pixels
from studio.domain.request import Request
from studio.engine.devices import Device, pick_device
from studio.engine.families.sd import StableDiffusion
from studio.engine.loading import load
from studio.engine.preview import to_pixels
from studio.engine.schedulers import make_scheduler


@dataclass(frozen=True, slots=True)
class Drawn:
    """How long a picture took, how long its first step was in coming, and its pixels (H, W, 3)."""

    seconds: float
    first_step_s: float
    pixels: Pixels


class Bare:
    """A loaded model of its own, used without the studio's engine, on the calling thread."""

    def __init__(self, workload: Workload) -> None:
        self.device: Device = pick_device()
        family = load(workload.model, self.device)
        if not isinstance(family, StableDiffusion):
            raise NotImplementedError(workload.model.family)
        # Imported after `load`, which keeps the libraries' notes off the terminal.
        from diffusers import StableDiffusionPipeline

        self._family = family
        request = workload.request
        make_pipeline: Any = StableDiffusionPipeline
        self._pipeline = make_pipeline(
            unet=family.unet,
            vae=family.vae,
            text_encoder=family.text_encoder,
            tokenizer=family.tokenizer,
            scheduler=make_scheduler(
                request.scheduler, family.scheduler_config, request.num_inference_steps
            ),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        self._pipeline.set_progress_bar_config(disable=True)

    def draw(self, request: Request) -> Drawn:
        """The picture as diffusers' own pipeline makes it."""
        seen: list[float] = []

        def on_step_end(pipeline: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> Any:
            if not seen:
                self._synchronize()
                seen.append(time.perf_counter())
            return tensors

        started = time.perf_counter()
        picture = self._pipeline(
            request.prompt,
            negative_prompt=request.negative_prompt,
            width=request.width,
            height=request.height,
            num_inference_steps=request.num_inference_steps,
            guidance_scale=request.guidance_scale,
            generator=torch.Generator("cpu").manual_seed(request.seed),
            callback_on_step_end=on_step_end,
        ).images[0]
        ended = time.perf_counter()
        return Drawn(ended - started, seen[0] - started, np.asarray(picture))

    @torch.inference_mode()
    def loop_and_decode_s(self, request: Request) -> float:
        """Seconds of the denoising loop and the decoding alone: the prompt was encoded before.

        Written out here as in a script, without anything that the studio's own loop does to be
        quicker.
        """
        unet = self._family.unet
        scheduler = make_scheduler(
            request.scheduler, self._family.scheduler_config, request.num_inference_steps
        )
        prompt, negative = self._pipeline.encode_prompt(
            request.prompt, self.device.torch_device, 1, True, request.negative_prompt
        )
        embeddings = torch.cat([negative, prompt])
        noise = self._family.noise(request.size, [torch.Generator("cpu").manual_seed(request.seed)])
        latents = noise * scheduler.init_noise_sigma
        started = time.perf_counter()
        for timestep in scheduler.timesteps:
            model_input = scheduler.scale_model_input(torch.cat([latents] * 2), timestep)
            output = unet(
                model_input, timestep, encoder_hidden_states=embeddings, return_dict=False
            )[0]
            without, towards = output.chunk(2)
            output = without + request.guidance_scale * (towards - without)
            latents = scheduler.step(output, timestep, latents, return_dict=False)[0]
        to_pixels(self._family.decode(latents)).cpu()
        return time.perf_counter() - started

    def _synchronize(self) -> None:
        if self.device.torch_device.type == "cuda":
            torch.cuda.synchronize()
