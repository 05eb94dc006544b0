"""Pictures from a prompt, or from a prompt and a start picture."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageOps

from studio.domain.events import ImageReady
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.preview import to_pixels
from studio.engine.refining import last_taker
from studio.engine.snapshots import to_snapshot
from studio.engine.tasks.sampling import Part, Sampled, sample
from studio.engine.tasks.second_pass import SecondPass, to_unit
from studio.engine.tasks.tools import Progress, Tools
from studio.engine.upscaling.finishing import enlarge, finish

# A start picture that much smaller than what is drawn in tiles goes through the upscaler first.
_ENLARGED_FROM: Final = 1.5


class Generation:
    """A `TaskRun`. What was denoised isn't denoised again."""

    def __init__(self, request: Request, control: Control) -> None:
        self._request = request
        self._control = control
        self._started = 0.0
        self._sampled: Sampled | None = None
        self._latents: torch.Tensor | None = None

    def run(self, tools: Tools) -> Iterator[Progress | ImageReady]:
        """Denoise, once or twice, decode, upscale."""
        if self._sampled is None:
            self._sampled = yield from self._first_pass(tools)
        if self._sampled is None:
            return
        # A wish during the first pass may have put an end to the second.
        made = self._sampled.request or self._request
        if self._latents is None:
            self._latents = yield from self._finished(tools, made, self._sampled)
        if self._latents is None:
            return
        size = made if made.hires is None else SecondPass(made, made.hires).alone
        finisher = last_taker(size, tools.scheduler_config)
        pictures = to_pixels(tools.family(finisher).decode(self._latents)).cpu().numpy()
        if made.upscale > 1:
            upscaler = tools.upscaler(made.upscaler)
            finished = yield from finish(upscaler, pictures, made.upscale, self._control)
            if finished is None:
                return
            pictures = finished
        yield ImageReady(
            generation=self._control.generation,
            images=pictures,
            previews=self._sampled.previews,
            elapsed_s=time.perf_counter() - self._started,
            snapshots=tuple(map(to_snapshot, self._sampled.checkpoints)),
            request=self._sampled.request,
            first_step=self._sampled.first_step,
        )

    def _first_pass(self, tools: Tools) -> Generator[Progress, None, Sampled | None]:
        request = self._request
        init_pixels = None
        if request.init_image is not None:
            init_pixels = yield from self._init_pixels(tools)
            if init_pixels is None:
                return None
        self._started = time.perf_counter()
        after = 0
        if request.hires is not None:
            after = SecondPass(request, request.hires).alone.steps_taken
        part = Part(self._started, after=after)
        return (yield from sample(tools, request, self._control, part, init_pixels))

    def _finished(
        self, tools: Tools, request: Request, sampled: Sampled
    ) -> Generator[Progress, None, torch.Tensor | None]:
        if request.hires is None:
            return sampled.latents
        before = request.steps_taken
        part = Part(self._started, before=before, open_ended=False)
        second = SecondPass(request, request.hires)
        return (yield from second.run(tools, sampled.latents, self._control, part))

    def _init_pixels(self, tools: Tools) -> Generator[Progress, None, torch.Tensor | None]:
        """The start picture, (1, 3, H, W) in [0, 1]: scaled to cover the size, cut at its edges."""
        request, start = self._request, self._request.init_image
        if start is None:
            return None
        pixels = tools.find_picture(start.digest)[..., :3]
        if pixels.shape[:2] == (request.height, request.width):
            return to_unit(pixels[None])
        size = (request.width, request.height)
        scale = max(request.width / pixels.shape[1], request.height / pixels.shape[0])
        if request.tiling is not None and scale >= _ENLARGED_FROM:
            upscaler = tools.upscaler(request.upscaler)
            covering = start.size.scaled(scale)
            enlarged = yield from enlarge(upscaler, pixels[None], covering, self._control)
            if enlarged is None:
                return None
            pixels = enlarged[0]
        fitted = ImageOps.fit(Image.fromarray(pixels), size, Image.Resampling.LANCZOS)
        return to_unit(np.asarray(fitted)[None])
