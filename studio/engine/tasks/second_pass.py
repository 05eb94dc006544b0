"""The second, larger pass of a picture: enlarged, then drawn again in part."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from torch.nn import functional

from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.domain.hires import LATENT, HiresFix
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.preview import to_pixels
from studio.engine.refining import last_taker
from studio.engine.tasks.sampling import Part, sample
from studio.engine.tasks.tools import Progress, Tools
from studio.engine.upscaling.finishing import enlarge

# Tells that there is a start; nobody looks for these pixels.
_FIRST_PASS: Final = PictureRef("0" * 64, 1, 1)


@dataclass(frozen=True, slots=True)
class SecondPass:
    """What is left of `request` after its first pass; `hires` is its own."""

    request: Request
    hires: HiresFix

    @property
    def alone(self) -> Request:
        """The second pass as a request: image to image, with a start that has no name."""
        hires = self.hires
        return replace(
            self.request,
            width=hires.width,
            height=hires.height,
            init_image=_FIRST_PASS,
            strength=hires.strength,
            num_inference_steps=hires.num_inference_steps or self.request.num_inference_steps,
            hires=None,
            branch=None,
            edit=False,
        )

    def run(
        self, tools: Tools, first: torch.Tensor, control: Control, part: Part
    ) -> Generator[Progress, None, torch.Tensor | None]:
        """From the finished latents (B, C, h, w) of the first pass to those of the second; None
        when `control` said stop."""
        alone = self.alone
        pixels = latents = None
        if self.hires.upscaler == LATENT:
            latents = _enlarged(first, self.request.size, alone.size)
        else:
            finisher = last_taker(self.request, tools.scheduler_config)
            drawn = to_pixels(tools.family(finisher).decode(first)).cpu().numpy()
            upscaler = tools.upscaler(self.hires.upscaler)
            enlarged = yield from enlarge(upscaler, drawn, alone.size, control)
            if enlarged is None:
                return None
            pixels = to_unit(enlarged)
        sampled = yield from sample(tools, alone, control, part, pixels, init_latents=latents)
        return None if sampled is None else sampled.latents


def to_unit(pictures: Pixels) -> torch.Tensor:
    """(B, 3, H, W) in [0, 1] of uint8 (B, H, W, 3)."""
    return torch.from_numpy(pictures.transpose(0, 3, 1, 2) / np.float32(255))


def _enlarged(latents: torch.Tensor, drawn: Size, wanted: Size) -> torch.Tensor:
    """Latents (B, C, h, w) of pictures of one size, stretched to those of another."""
    height = latents.shape[-2] * wanted.height // drawn.height
    width = latents.shape[-1] * wanted.width // drawn.width
    return functional.interpolate(latents, (height, width), mode="bilinear")
