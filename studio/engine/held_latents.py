"""Latents that stay as they are while the rest is denoised."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

from studio.engine.schedule import Schedule


@dataclass(frozen=True, slots=True)
class HeldLatents:
    """The picture in latents, `clean` (B, C, h, w), the `noise` it began with (B, C, h, w), and
    how much may change, `change` (1, 1, h, w) in [0, 1].

    White is denoised from the first step on and black never; grey joins in when so much of the
    steps is left as it is bright, so that it changes little: Levin & Fried 2023, “Differential
    diffusion”. A mask without grey is what diffusers' inpainting pipeline does.
    """

    clean: torch.Tensor
    noise: torch.Tensor
    change: torch.Tensor

    @classmethod
    def under(cls, change: torch.Tensor, clean: torch.Tensor, noise: torch.Tensor) -> HeldLatents:
        """For a mask of pixels (1, 1, H, W): a latent may change as much as any of its pixels."""
        coarse = functional.adaptive_max_pool2d(change, clean.shape[-2:])
        return cls(clean, noise, coarse.to(clean.device, clean.dtype))

    def laid_into(self, latents: torch.Tensor, schedule: Schedule, index: int) -> torch.Tensor:
        """`latents` as they are after evaluation `index` of `schedule`, with what doesn't change
        yet, or never does, at the same noise level."""
        after = index + 1
        held = self.clean
        if after < len(schedule.timesteps):
            held = schedule.under_noise(self.clean, self.noise, after)
        changes = (self.change > 1 - schedule.progress_at(after)).to(latents)
        return (1 - changes) * held + changes * latents


def is_hard(change: torch.Tensor) -> bool:
    """Whether a mask has black and white only."""
    return bool(((change == 0) | (change == 1)).all())
