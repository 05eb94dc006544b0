"""Stable Diffusion 1.x and 2.x: CLIP reads the prompt, a UNet predicts, an autoencoder draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch

from studio.domain.request import Request
from studio.engine.families.clip import ClipReader
from studio.engine.families.recipe import (
    AUTOENCODERS,
    CLIP_TEXT,
    CLIP_TOKENIZERS,
    Recipe,
    check,
    differ,
)
from studio.engine.families.unet import UNetFamily


class StableDiffusion(UNetFamily):
    """A `Family`: the parts of a Stable Diffusion folder, bound together.

    Args:
        unet: predicts from (B, C, h, w), a timestep and prompt embeddings (B, tokens, width).
        vae: AutoencoderKL, or one with its encode, decode and config.
        text_encoder, tokenizer: CLIP.
        scheduler_config: the content of scheduler_config.json.
    """

    def __init__(
        self,
        *,
        unet: Any,
        vae: Any,
        text_encoder: Any,
        tokenizer: Any,
        scheduler_config: Mapping[str, Any],
    ) -> None:
        super().__init__(unet=unet, vae=vae, scheduler_config=scheduler_config, factors="sd")
        self.clip = ClipReader(text_encoder, tokenizer)

    @property
    def text_encoder(self) -> Any:
        return self.clip.text_encoder

    @property
    def tokenizer(self) -> Any:
        return self.clip.tokenizer

    def _embeddings(self, text: str, request: Request) -> tuple[torch.Tensor, ...]:
        return (self.clip.embed(text, request.clip_skip),)

    def _named(self, *told: torch.Tensor) -> dict[str, Any]:
        embeddings, *guidance = told
        return {
            "encoder_hidden_states": embeddings,
            "timestep_cond": guidance[0] if guidance else None,
        }


def _make(**parts: Any) -> StableDiffusion:
    wants, text = parts["unet"].config, parts["text_encoder"].config
    latents, words = parts["vae"].config.latent_channels, parts["tokenizer"].model_max_length
    check(
        "Stable Diffusion",
        (
            wants.in_channels not in (latents, 2 * latents, 2 * latents + 1),
            "its unet wants more than latents with a mask or a picture",
        ),
        (wants.cross_attention_dim != text.hidden_size, differ("unet", "text encoder")),
        (
            bool(wants.addition_embed_type or wants.class_embed_type),
            "its unet wants more than a prompt (perhaps Stable Diffusion XL)",
        ),
        (words > text.max_position_embeddings, differ("tokenizer", "text encoder")),
    )
    return StableDiffusion(**parts)


RECIPE: Final = Recipe(
    parts={
        "unet": frozenset({("diffusers", "UNet2DConditionModel")}),
        "vae": AUTOENCODERS,
        "text_encoder": CLIP_TEXT,
        "tokenizer": CLIP_TOKENIZERS,
    },
    make=_make,
    dtype=torch.float16,
)
