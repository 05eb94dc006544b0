"""What networks that guide transformers share: they see latents, and speak to each block."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch

from studio.engine.controls.control import BoundControl
from studio.engine.families.autoencoder import Autoencoder


@dataclass(frozen=True)
class LatentControl(BoundControl):
    """One that sees its picture as the model's `autoencoder` does."""

    autoencoder: Autoencoder

    @cached_property
    def seen(self) -> torch.Tensor:
        """The picture's latents (1, C, h, w): the likeliest, so that they are the same for every
        seed."""
        return self._encoded().to(self.picture.device, self.picture.dtype)

    def _encoded(self) -> torch.Tensor:
        return self.autoencoder.encode_exactly(self.picture)


def spread(
    samples: Sequence[torch.Tensor], blocks: int, *, repeats: bool = False
) -> list[torch.Tensor]:
    """One for each of `blocks`: the first for the first few, or, if it `repeats`, one after the
    other over and over. As diffusers does, but here, so that those of networks with different
    depths can be added up."""
    if repeats:
        return [samples[i % len(samples)] for i in range(blocks)]
    interval = math.ceil(blocks / len(samples))
    return [samples[i // interval] for i in range(blocks)]
