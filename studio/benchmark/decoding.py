"""An engine that decodes in full after each step, as other programs do: for comparison only."""

from __future__ import annotations

from collections.abc import Callable

import torch

from studio.domain.errors import ModelRefused
from studio.domain.events import Pixels
from studio.domain.model import ModelInfo
from studio.engine import Engine
from studio.engine.devices import Device
from studio.engine.families.sd import StableDiffusion
from studio.engine.loading import load
from studio.engine.runner import DiffusionRunner
from studio.engine.worker import LocalEngine


class _DecodingFamily(StableDiffusion):
    def preview(self, latents: torch.Tensor) -> torch.Tensor:
        return self.decode(latents)


def create_decoding_engine(model: ModelInfo, find_picture: Callable[[str], Pixels]) -> Engine:
    """An engine for this one model."""
    return LocalEngine(
        lambda: DiffusionRunner(lambda name: model, find_picture, load_family=_load_decoding)
    )


def _load_decoding(info: ModelInfo, device: Device) -> StableDiffusion:
    family = load(info, device)
    if not isinstance(family, StableDiffusion):
        raise ModelRefused(f"The benchmarks can't time models of the family “{info.family}” yet.")
    return _DecodingFamily(
        unet=family.unet,
        vae=family.vae,
        text_encoder=family.text_encoder,
        tokenizer=family.tokenizer,
        scheduler_config=family.scheduler_config,
    )
