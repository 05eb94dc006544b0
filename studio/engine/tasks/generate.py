"""Pictures from a prompt, or from a prompt and a start picture."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from PIL import Image, ImageOps

from studio.domain.events import ImageReady
from studio.domain.request import Request
from studio.engine.branching import Branching, StartMissing
from studio.engine.control import Control
from studio.engine.passes import Pass, first_pass_of
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
        self._first: Sampled | None = None
        self._sampled: Sampled | None = None

    def run(self, tools: Tools) -> Iterator[Progress | ImageReady]:
        """Denoise, once or twice, decode, upscale."""
        if self._sampled is None:
            self._sampled = yield from self._denoised(tools)
        if self._sampled is None:
            return
        made = self._sampled.request or self._request
        last = Pass.SECOND if _has_second_pass(made) else Pass.FIRST
        finisher = last_taker(last.alone(made), tools.scheduler_config)
        pictures = to_pixels(tools.family(finisher).decode(self._sampled.latents)).cpu().numpy()
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

    def _denoised(self, tools: Tools) -> Generator[Progress, None, Sampled | None]:
        """All passes; None when the control said stop."""
        if self._first is None and _has_second_pass(self._request):
            with suppress(StartMissing):
                return (yield from self._second_pass(tools, self._request).resumed())
        if self._first is None:
            self._first = yield from self._first_pass(tools)
        if self._first is None:
            return None
        # A wish during the first pass may have put an end to the second.
        made = self._first.request or self._request
        if not _has_second_pass(made):
            return self._first
        second = self._second_pass(tools, made)
        between = second.begun_over(self._first.latents)
        sampled = yield from second.run(between)
        return None if sampled is None else _joined(made, self._first, between, sampled)

    def _first_pass(self, tools: Tools) -> Generator[Progress, None, Sampled | None]:
        request = _ended_with_first_pass(self._request)
        init_pixels = None
        if request.init_image is not None:
            init_pixels = yield from self._init_pixels(tools)
            if init_pixels is None:
                return None
        self._started = time.perf_counter()
        after = self._request.whole_way - self._request.first_way
        part = Part(self._started, after=after, open_ended=request is self._request)
        return (yield from sample(Branching(tools, init_pixels), request, self._control, part))

    def _second_pass(self, tools: Tools, request: Request) -> SecondPass:
        self._started = self._started or time.perf_counter()
        part = Part(self._started, before=request.first_way)
        return SecondPass(request, tools, self._control, part)

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


def _has_second_pass(request: Request) -> bool:
    return request.hires is not None and request.steps_taken > request.first_way


def _ended_with_first_pass(request: Request) -> Request:
    """Whose first pass is to be taken: `request` as it is, if all of it is; else only as far as the
    second pass needs it."""
    owner = first_pass_of(request)
    if owner is request and (request.last_step is None or not _has_second_pass(request)):
        return request
    return replace(owner, last_step=owner.first_way)


def _joined(made: Request, first: Sampled, between: torch.Tensor, second: Sampled) -> Sampled:
    """Both passes of `made` as one. Its own steps may begin only `between` the passes, or later."""
    end = replace(first.checkpoints[-1], latents=between)
    begins = first.first_step
    if first_pass_of(made) is not made and made.branch is not None:
        begins = made.branch.step
    return Sampled(
        latents=second.latents,
        previews=(*first.previews[begins - first.first_step :], *second.previews),
        checkpoints=(
            *(it for it in (*first.checkpoints[:-1], end) if it.step >= begins),
            *(it for it in second.checkpoints if it.step > end.step),
        ),
        first_step=begins,
        request=second.request or first.request,
    )
