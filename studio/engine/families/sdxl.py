"""Stable Diffusion XL and its refiner: two CLIPs read the prompt, and the UNet is told the size.

Podell et al. 2023, “SDXL: Improving latent diffusion models for high-resolution image synthesis”.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch

from studio.domain.request import Request
from studio.engine.families.clip import ClipReader
from studio.engine.families.recipe import (
    AUTOENCODERS,
    CLIP_PROJECTED,
    CLIP_TEXT,
    CLIP_TOKENIZERS,
    Recipe,
    check,
    differ,
)
from studio.engine.families.unet import UNetFamily

# What the refiner is told of how well people like a picture; as published with it.
AESTHETIC_SCORE: Final = 6.0
NEGATIVE_AESTHETIC_SCORE: Final = 2.5


class StableDiffusionXL(UNetFamily):
    """A `Family`: the parts of a Stable Diffusion XL folder, bound together.

    Args:
        unet: predicts from (B, C, h, w), a timestep, embeddings (B, tokens, width), the whole
            prompt (B, width) and the size (B, 6 or 5).
        vae: AutoencoderKL, or one with its encode, decode and config.
        text_encoder_2, tokenizer_2: OpenCLIP with a projection.
        scheduler_config: the content of scheduler_config.json.
        text_encoder, tokenizer: CLIP; None in a refiner.
        force_zeros_for_empty_prompt: an empty negative prompt isn't read, it is zeros.
    """

    def __init__(
        self,
        *,
        unet: Any,
        vae: Any,
        text_encoder_2: Any,
        tokenizer_2: Any,
        scheduler_config: Mapping[str, Any],
        text_encoder: Any = None,
        tokenizer: Any = None,
        force_zeros_for_empty_prompt: bool | None = None,
    ) -> None:
        super().__init__(unet=unet, vae=vae, scheduler_config=scheduler_config, factors="sdxl")
        self.clip = None if text_encoder is None else ClipReader(text_encoder, tokenizer)
        self.clip_2 = ClipReader(text_encoder_2, tokenizer_2)
        zeros = force_zeros_for_empty_prompt
        self._zeros_for_empty = text_encoder is not None if zeros is None else zeros
        self._scored = told_of_size(unet, text_encoder_2) == 5

    def _embeddings(self, text: str, request: Request) -> tuple[torch.Tensor, ...]:
        readers = [self.clip_2] if self.clip is None else [self.clip, self.clip_2]
        read = [reader.penultimate(text, request.clip_skip) for reader in readers]
        pooled = self.clip_2.read(text).pooled
        return torch.cat(read, dim=-1), pooled, self._size(request, AESTHETIC_SCORE)

    def _negative_embeddings(self, request: Request) -> tuple[torch.Tensor, ...]:
        embeddings, pooled, _ = self._embeddings(request.negative_prompt, request)
        if self._zeros_for_empty and not request.negative_prompt:
            embeddings, pooled = torch.zeros_like(embeddings), torch.zeros_like(pooled)
        return embeddings, pooled, self._size(request, NEGATIVE_AESTHETIC_SCORE)

    def _size(self, request: Request, aesthetic_score: float) -> torch.Tensor:
        """Height and width of the picture as it was, from where it is cut out of it, and its own
        height and width; or how it is liked instead of these: (1, 6 or 5)."""
        size = [request.height, request.width]
        told = [*size, 0, 0, *([aesthetic_score] if self._scored else size)]
        return torch.tensor([told], device=self._placed[0], dtype=self._placed[1])

    def _named(self, *told: torch.Tensor) -> dict[str, Any]:
        embeddings, pooled, size, *guidance = told
        return {
            "encoder_hidden_states": embeddings,
            "timestep_cond": guidance[0] if guidance else None,
            "added_cond_kwargs": {"text_embeds": pooled, "time_ids": size},
        }


def told_of_size(unet: Any, text_encoder_2: Any) -> int:
    """How many numbers beside the prompt a UNet is told."""
    told: int = unet.config.projection_class_embeddings_input_dim or 0
    each: int = unet.config.addition_time_embed_dim or 1
    prompt: int = text_encoder_2.config.projection_dim
    return (told - prompt) // each


def _make(**parts: Any) -> StableDiffusionXL:
    unet, latents = parts["unet"], parts["vae"].config.latent_channels
    encoders = [parts["text_encoder"], parts["text_encoder_2"]]
    width = sum(encoder.config.hidden_size for encoder in encoders if encoder is not None)
    check(
        "Stable Diffusion XL",
        (
            unet.config.addition_embed_type != "text_time",
            "its unet isn't told the picture's size (perhaps Stable Diffusion 1 or 2)",
        ),
        (
            unet.config.in_channels not in (latents, 2 * latents, 2 * latents + 1),
            "its unet wants more than latents with a mask or a picture",
        ),
        (unet.config.cross_attention_dim != width, differ("unet", "text encoders")),
        (
            told_of_size(unet, parts["text_encoder_2"]) not in (5, 6),
            differ("unet", "second text encoder"),
        ),
    )
    return StableDiffusionXL(**parts)


RECIPE: Final = Recipe(
    parts={
        "unet": frozenset({("diffusers", "UNet2DConditionModel")}),
        "vae": AUTOENCODERS,
        "text_encoder": CLIP_TEXT,
        "text_encoder_2": CLIP_PROJECTED,
        "tokenizer": CLIP_TOKENIZERS,
        "tokenizer_2": CLIP_TOKENIZERS,
    },
    make=_make,
    dtype=torch.float16,
    optional=frozenset({"text_encoder", "tokenizer"}),
    settings=frozenset({"force_zeros_for_empty_prompt"}),
)
