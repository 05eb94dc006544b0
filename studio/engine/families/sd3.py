"""Stable Diffusion 3 and 3.5: two CLIPs and, if there, T5 read the prompt; a transformer attends to
prompt and picture at once.

Esser et al. 2024, “Scaling Rectified Flow Transformers for High-Resolution Image Synthesis”.
"""

from __future__ import annotations

from typing import Any, Final

import torch
from torch.nn import functional

from studio.domain.request import Request
from studio.engine.conditioning import SOMETIME, Conditioning, Moment
from studio.engine.families.clip import ClipReader
from studio.engine.families.family import Predict
from studio.engine.families.recipe import (
    AUTOENCODERS,
    CLIP_PROJECTED,
    CLIP_TOKENIZERS,
    Recipe,
    check,
    differ,
)
from studio.engine.families.t5 import T5_TEXT, T5_TOKENIZERS, T5Reader
from studio.engine.families.transformer import TransformerFamily

# T5's part of the prompt, also where there is no T5.
_TOKENS: Final = 256


class StableDiffusion3(TransformerFamily):
    """A `Family`: the parts of a Stable Diffusion 3 folder, bound together.

    Args:
        text_encoder, tokenizer: CLIP with a projection.
        text_encoder_2, tokenizer_2: OpenCLIP with a projection.
        text_encoder_3, tokenizer_3: T5; without it long prompts are understood less well.
        others: as of `TransformerFamily`; the transformer predicts from latents (B, C, h, w), a
            timestep, embeddings (B, tokens, width) and the whole prompt (B, width).
    """

    factors = "sd3"

    def __init__(
        self,
        *,
        text_encoder: Any,
        tokenizer: Any,
        text_encoder_2: Any,
        tokenizer_2: Any,
        text_encoder_3: Any = None,
        tokenizer_3: Any = None,
        **others: Any,
    ) -> None:
        super().__init__(**others)
        self.clip = ClipReader(text_encoder, tokenizer)
        self.clip_2 = ClipReader(text_encoder_2, tokenizer_2)
        self.t5 = None
        if text_encoder_3 is not None and tokenizer_3 is not None:
            self.t5 = T5Reader(text_encoder_3, tokenizer_3, _TOKENS)

    def _read(self, text: str, clip_skip: int, images: int) -> tuple[torch.Tensor, torch.Tensor]:
        """What the transformer is told of a prompt: embeddings (B, tokens, width), and the whole
        of it (B, width)."""
        readers = (self.clip, self.clip_2)
        clips = torch.cat([reader.penultimate(text, clip_skip) for reader in readers], dim=-1)
        pooled = torch.cat([reader.read(text).pooled for reader in readers], dim=-1)
        width = self.transformer.config.joint_attention_dim
        words = torch.zeros(1, _TOKENS, width) if self.t5 is None else self.t5.embed(text)
        wide = self._here(functional.pad(clips, (0, width - clips.shape[-1])))
        embeddings = torch.cat([wide, self._here(words)], dim=-2)
        return embeddings.repeat(images, 1, 1), self._here(pooled).repeat(images, 1)

    def _bind(self, request: Request, conditioning: Conditioning) -> Predict:
        """Guidance: Ho & Salimans 2022, with `guidance_scale` = 1 + w of the Imagen paper; at 1 and
        below there is none, and the negative prompt has no say."""
        images, scale = request.num_images_per_prompt, request.guidance_scale
        prompt = self._read(request.prompt, request.clip_skip, images)
        references, seen = conditioning.references, None
        if references is not None:
            seen = references.named(images, guided=scale > 1)[0].squeeze(1)
        if scale <= 1:
            tell, look = self._telling(*prompt), self._looking(conditioning, *prompt, seen=seen)
            return lambda model_input, timestep, moment=SOMETIME: tell(
                model_input, timestep, look(model_input, timestep, moment)
            )
        # The layers left out are those of what is wished for, as in diffusers' pipeline.
        negative = self._read(request.negative_prompt, 0, images)
        both = [torch.cat(pair) for pair in zip(negative, prompt, strict=True)]
        tell, look = self._telling(*both), self._looking(conditioning, *both, seen=seen)
        skip, tell_one = request.skip_layers, self._telling(*prompt)
        seen_once = None if seen is None else seen[-images:]
        look_once = self._looking(conditioning, *prompt, seen=seen_once)

        def guided(
            model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment = SOMETIME
        ) -> torch.Tensor:
            twice = torch.cat([model_input] * 2)
            without, towards = tell(twice, timestep, look(twice, timestep, moment)).chunk(2)
            output = without + scale * (towards - without)
            if skip is not None and skip.start < moment.before < skip.end:
                more = look_once(model_input, timestep, moment)
                fewer = {**more, "skip_layers": list(skip.layers)}
                output = output + (towards - tell_one(model_input, timestep, fewer)) * skip.scale
            return output

        return guided

    def _named(
        self, model_input: torch.Tensor, timestep: torch.Tensor, *told: torch.Tensor
    ) -> dict[str, Any]:
        embeddings, pooled = told
        return {
            "hidden_states": model_input,
            "timestep": timestep.expand(len(model_input)),
            "encoder_hidden_states": embeddings,
            "pooled_projections": pooled,
        }

    def _drawn(self, output: torch.Tensor, model_input: torch.Tensor) -> torch.Tensor:
        return output


def _make(**parts: Any) -> StableDiffusion3:
    wants, t5 = parts["transformer"].config, parts["text_encoder_3"]
    clips = [parts["text_encoder"].config, parts["text_encoder_2"].config]
    pooled = sum(clip.projection_dim for clip in clips)
    check(
        "Stable Diffusion 3",
        (
            wants.in_channels != parts["vae"].config.latent_channels,
            "its transformer wants more than latents (an inpainting or editing model)",
        ),
        (wants.pooled_projection_dim != pooled, differ("transformer", "text encoders")),
        (
            t5 is not None and wants.joint_attention_dim != t5.config.d_model,
            differ("transformer", "third text encoder"),
        ),
    )
    return StableDiffusion3(**parts)


RECIPE: Final = Recipe(
    parts={
        "transformer": frozenset({("diffusers", "SD3Transformer2DModel")}),
        "vae": AUTOENCODERS,
        "text_encoder": CLIP_PROJECTED,
        "tokenizer": CLIP_TOKENIZERS,
        "text_encoder_2": CLIP_PROJECTED,
        "tokenizer_2": CLIP_TOKENIZERS,
        "text_encoder_3": T5_TEXT,
        "tokenizer_3": T5_TOKENIZERS,
    },
    make=_make,
    dtype=torch.bfloat16,
    optional=frozenset({"text_encoder_3", "tokenizer_3"}),
)
