"""FLUX.1 dev, schnell, Fill and Kontext: CLIP and T5 read the prompt, a transformer sees tokens of
2 × 2 latents.

Black Forest Labs 2024, “FLUX.1”; 2025, “FLUX.1 Kontext: Flow Matching for In-Context Image
Generation and Editing in Latent Space”.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch

from studio.domain.geometry import Size
from studio.domain.request import Request
from studio.engine.conditioning import SOMETIME, Conditioning, Moment
from studio.engine.families.clip import ClipReader
from studio.engine.families.family import Predict
from studio.engine.families.patches import pack, unpack
from studio.engine.families.recipe import (
    AUTOENCODERS,
    CLIP_TEXT,
    CLIP_TOKENIZERS,
    Recipe,
    check,
    differ,
)
from studio.engine.families.t5 import T5_TEXT, T5_TOKENIZERS, T5Reader
from studio.engine.families.transformer import TransformerFamily

# Of how many tokens prompts were in training: with guidance built in (dev), and without (schnell).
_TOKENS: Final = {True: 512, False: 256}


class Flux(TransformerFamily):
    """A `Family`: the parts of a FLUX.1 folder, bound together.

    Args:
        text_encoder, tokenizer: CLIP.
        text_encoder_2, tokenizer_2: T5.
        others: as of `TransformerFamily`; the transformer predicts from tokens (B, N, 4 · C), a
            timestep, embeddings (B, tokens, width), the whole prompt (B, width) and places in the
            picture.
    """

    factors = "flux"

    def __init__(
        self,
        *,
        text_encoder: Any,
        tokenizer: Any,
        text_encoder_2: Any,
        tokenizer_2: Any,
        **others: Any,
    ) -> None:
        super().__init__(**others)
        wants = self.transformer.config
        # Fill sees each pixel of the mask and the masked picture; Kontext's tensors are dev's.
        self.takes_mask = wants.in_channels == fill_channels(self.vae)
        self.edits = not self.takes_mask
        self._guided = bool(wants.guidance_embeds)
        self.clip = ClipReader(text_encoder, tokenizer)
        self.t5 = T5Reader(text_encoder_2, tokenizer_2, _TOKENS[self._guided])

    def _bind(self, request: Request, conditioning: Conditioning) -> Predict:
        """Guidance is built in, or there is none; the negative prompt has no say."""
        images, shrinks_by = request.num_images_per_prompt, 2 * self.autoencoder.shrinks_by
        embeddings = self._here(self.t5.embed(request.prompt)).repeat(images, 1, 1)
        pooled = self._here(self.clip.read(request.prompt).pooled).repeat(images, 1)
        places = [places_of(request.height // shrinks_by, request.width // shrinks_by)]
        told = []
        if self._guided:
            guidance = torch.full([images], request.guidance_scale, dtype=torch.float32)
            told.append(guidance.to(self._placed[0]))
        if conditioning.edited is not None:
            reference = self._here(self.autoencoder.encode_exactly(conditioning.edited))
            rows, columns = reference.shape[-2] // 2, reference.shape[-1] // 2
            places.append(places_of(rows, columns, picture=1))
            told.append(pack(reference.expand(images, -1, -1, -1)))
        text_places = torch.zeros(embeddings.shape[1], 3)
        where = self._here(text_places), self._here(torch.cat(places))
        tell = self._telling(embeddings, pooled, *where, *told)
        references = conditioning.references
        seen = None if references is None else references.named(images, guided=False)
        look = self._looking(conditioning, embeddings, pooled, *where, *told, seen=seen)
        masked = conditioning.masked

        def predict(
            model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment = SOMETIME
        ) -> torch.Tensor:
            if masked is not None:
                model_input = torch.cat([model_input, masked], dim=1)
            return tell(model_input, timestep, look(model_input, timestep, moment))

        return predict

    def _named(
        self, model_input: torch.Tensor, timestep: torch.Tensor, *told: torch.Tensor
    ) -> dict[str, Any]:
        embeddings, pooled, text_places, places, *more = told
        guidance = more.pop(0) if self._guided else None
        tokens = pack(model_input)
        return {
            # What it looks at are tokens beside those that it draws.
            "hidden_states": torch.cat([tokens, *more], dim=1) if more else tokens,
            "timestep": timestep.expand(len(tokens)).to(tokens.dtype) / 1000,
            "guidance": guidance,
            "pooled_projections": pooled,
            "encoder_hidden_states": embeddings,
            "txt_ids": text_places,
            "img_ids": places,
        }

    def _drawn(self, output: torch.Tensor, model_input: torch.Tensor) -> torch.Tensor:
        height, width = model_input.shape[-2:]
        return unpack(output[:, : height * width // 4], height, width)

    @torch.inference_mode()
    def masked(
        self,
        size: Size,
        pixels: torch.Tensor | None,
        change: torch.Tensor | None,
        generators: Sequence[torch.Generator],
    ) -> torch.Tensor:
        """The latents of the picture with grey under the mask, and the mask's pixels, each latent's
        own as channels: (B, C + 64, h, w)."""
        if pixels is None or change is None:
            pixels = torch.full((1, 3, size.height, size.width), 0.5)
            change = torch.ones(1, 1, size.height, size.width)
        paints = (change > 0).to(pixels)
        latents = self.encode(pixels * (1 - paints) + 0.5 * paints, generators)
        mask = torch.nn.functional.pixel_unshuffle(paints, self.autoencoder.shrinks_by)
        return torch.cat([latents, self._here(mask).expand(len(latents), -1, -1, -1)], dim=1)


def places_of(height: int, width: int, picture: int = 0) -> torch.Tensor:
    """Which picture each of `height` × `width` tokens belongs to, its row and its column,
    (height · width, 3)."""
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    places = torch.stack([torch.full_like(rows, picture), rows, columns], dim=-1)
    return places.reshape(-1, 3).float()


def fill_channels(vae: Any) -> int:
    """How many channels the tokens of a Fill model have: latents, masked latents and mask."""
    latents: int = vae.config.latent_channels
    pixels: int = 4 ** (len(vae.config.block_out_channels) - 1)
    return 4 * (2 * latents + pixels)


def _make(**parts: Any) -> Flux:
    wants, vae = parts["transformer"].config, parts["vae"]
    clip, t5 = parts["text_encoder"].config, parts["text_encoder_2"].config
    sees = 4 * vae.config.latent_channels, fill_channels(vae)
    check(
        "FLUX.1",
        (
            wants.in_channels not in sees,
            "its transformer wants more than latents and a mask (perhaps Depth or Canny)",
        ),
        (wants.joint_attention_dim != t5.d_model, differ("transformer", "second text encoder")),
        (wants.pooled_projection_dim != clip.hidden_size, differ("transformer", "text encoder")),
    )
    return Flux(**parts)


RECIPE: Final = Recipe(
    parts={
        "transformer": frozenset({("diffusers", "FluxTransformer2DModel")}),
        "vae": AUTOENCODERS,
        "text_encoder": CLIP_TEXT,
        "tokenizer": CLIP_TOKENIZERS,
        "text_encoder_2": T5_TEXT,
        "tokenizer_2": T5_TOKENIZERS,
    },
    make=_make,
    dtype=torch.bfloat16,
)
