"""The second, larger pass of a picture: enlarged, then drawn again in part."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.domain.hires import LATENT, HiresFix
from studio.domain.request import Request
from studio.engine.branching import Branching
from studio.engine.control import Control
from studio.engine.painted_steps import painted_latents
from studio.engine.passes import Pass, between_passes, first_pass
from studio.engine.preview import to_pixels
from studio.engine.refining import last_taker
from studio.engine.tasks.sampling import Part, Sampled, sample
from studio.engine.tasks.tools import Progress, Tools
from studio.engine.upscaling.finishing import enlarge


@dataclass(frozen=True, slots=True)
class SecondPass:
    """What `request` draws after its first pass.

    Raises:
        ValueError: it has no second pass.
    """

    request: Request
    tools: Tools
    control: Control
    part: Part

    @property
    def hires(self) -> HiresFix:
        if self.request.hires is None:
            raise ValueError("there is no second pass")
        return self.request.hires

    def begun_over(self, first: torch.Tensor) -> torch.Tensor:
        """The finished latents (B, C, h, w) of the first pass with what was painted on them."""
        for branch in between_passes(self.request):
            if branch.painted is not None:
                family = self.tools.family(self._first)
                pixels = self.tools.painted(branch.painted)
                first = painted_latents(first, pixels, family, branch.parent.seed)
        return first

    def resumed(self) -> Generator[Progress, None, Sampled | None]:
        """Go on from what was kept of a second pass; None when `control` said stop.

        Raises:
            StartMissing: nothing was.
        """
        return (yield from self._sampled(None, None))

    def run(self, first: torch.Tensor) -> Generator[Progress, None, Sampled | None]:
        """Go on from what the first pass ended in, (B, C, h, w); None when `control` said stop."""
        if self.hires.upscaler == LATENT:
            latents = _enlarged(first, self.request.size, self.hires.size)
            return (yield from self._sampled(None, latents))
        drawn = to_pixels(self.tools.family(self._first).decode(first)).cpu().numpy()
        upscaler = self.tools.upscaler(self.hires.upscaler)
        enlarged = yield from enlarge(upscaler, drawn, self.hires.size, self.control)
        if enlarged is None:
            return None
        return (yield from self._sampled(to_unit(enlarged), None))

    @property
    def _first(self) -> Request:
        """Who drew the end of the first pass."""
        return last_taker(first_pass(self.request), self.tools.scheduler_config)

    def _sampled(
        self, pixels: torch.Tensor | None, latents: torch.Tensor | None
    ) -> Generator[Progress, None, Sampled | None]:
        branching = Branching(
            self.tools,
            init_pixels=pixels,
            init_latents=latents,
            which=Pass.SECOND,
            before=self.request.first_way,
        )
        return (yield from sample(branching, self.request, self.control, self.part))


def to_unit(pictures: Pixels) -> torch.Tensor:
    """(B, 3, H, W) in [0, 1] of uint8 (B, H, W, 3)."""
    return torch.from_numpy(pictures.transpose(0, 3, 1, 2) / np.float32(255))


def _enlarged(latents: torch.Tensor, drawn: Size, wanted: Size) -> torch.Tensor:
    """Latents (B, C, h, w) of pictures of one size, stretched to those of another."""
    height = latents.shape[-2] * wanted.height // drawn.height
    width = latents.shape[-1] * wanted.width // drawn.width
    return functional.interpolate(latents, (height, width), mode="bilinear")
