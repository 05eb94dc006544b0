"""Pictures from a prompt, or from a prompt and a start picture."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import torch
from PIL import Image, ImageOps

from studio.domain.events import ImageReady
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.preview import to_pixels
from studio.engine.snapshots import to_snapshot
from studio.engine.tasks.sampling import Part, Sampled, sample
from studio.engine.tasks.tools import FindPicture, Progress, Tools
from studio.engine.upscaling.finishing import finish


class Generation:
    """A `TaskRun`. What was denoised isn't denoised again."""

    def __init__(self, request: Request, control: Control) -> None:
        self._request = request
        self._control = control
        self._started = 0.0
        self._sampled: Sampled | None = None

    def run(self, tools: Tools) -> Iterator[Progress | ImageReady]:
        """Denoise, decode, upscale."""
        request = self._request
        if self._sampled is None:
            init_pixels = _init_pixels(request, tools.find_picture)
            self._started = time.perf_counter()
            part = Part(self._started)
            self._sampled = yield from sample(tools, request, self._control, part, init_pixels)
        if self._sampled is None:
            return
        family = tools.family(request)
        pictures = to_pixels(family.decode(self._sampled.latents)).cpu().numpy()
        if request.upscale > 1:
            upscaler = tools.upscaler()
            finished = yield from finish(upscaler, pictures, request.upscale, self._control)
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


def _init_pixels(request: Request, find_picture: FindPicture) -> torch.Tensor | None:
    """The start picture, (1, 3, H, W) in [0, 1]: scaled to cover the size, cut at its edges."""
    if request.init_image is None:
        return None
    picture = Image.fromarray(find_picture(request.init_image.digest))
    if picture.size != (request.width, request.height):
        size = (request.width, request.height)
        picture = ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
    array = np.asarray(picture, dtype=np.float32) / 255.0
    return torch.from_numpy(array.transpose(2, 0, 1)[None])
