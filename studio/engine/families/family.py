"""What the loop asks of a model family. Each family is one file beside this one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch

from studio.domain.geometry import Size
from studio.domain.request import Request
from studio.engine.conditioning import NOTHING, SOMETIME, Conditioning, Moment


class Predict(Protocol):
    """A model with its prompts."""

    def __call__(
        self, model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment = SOMETIME
    ) -> torch.Tensor:
        """From a model's input (B, C, h, w) and a timestep (no axes) to its output, guidance
        applied."""
        ...


class Family(Protocol):
    """A loaded model. Tensors are on its device, in its dtype."""

    @property
    def scheduler_config(self) -> Mapping[str, Any]:
        """The content of the model's scheduler_config.json."""

    @property
    def takes_mask(self) -> bool:
        """Whether the model is made for inpainting and wants to see the mask."""

    @property
    def edits(self) -> bool:
        """Whether the model can look at a picture and change it as the prompt says."""

    def predictor(self, request: Request, conditioning: Conditioning = NOTHING) -> Predict:
        """Encode the prompts of `request` and bind them to the model, together with what else it
        is to look at."""

    def masked(
        self,
        size: Size,
        pixels: torch.Tensor | None,
        change: torch.Tensor | None,
        generators: Sequence[torch.Generator],
    ) -> torch.Tensor:
        """What a model that takes a mask sees beside its latents, (B, c, h, w).

        `pixels` is (1 or B, 3, H, W) in [0, 1] and `change` (1, 1, H, W) in [0, 1], both at
        `size`; without them everything is to be painted.
        """

    def noise(self, size: Size, generators: Sequence[torch.Generator]) -> torch.Tensor:
        """Standard normal latents (B, C, h, w) for pictures of `size`, one for each generator."""

    def encode(self, pixels: torch.Tensor, generators: Sequence[torch.Generator]) -> torch.Tensor:
        """Latents (B, C, h, w) of pictures (1 or B, 3, H, W) in [0, 1], drawn by each generator."""

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures (B, 3, H, W) in [-1, 1], not clamped, of finished latents (B, C, h, w)."""

    def preview(self, latents: torch.Tensor) -> torch.Tensor:
        """Rough or exact pictures (B, 3, h, w) in [-1, 1], cheap enough for every step."""

    def set_frugal(self, frugal: bool) -> None:
        """Take less memory and more time: attention and autoencoder work in slices."""
