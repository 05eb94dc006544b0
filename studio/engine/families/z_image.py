"""Z-Image and Z-Image Turbo: Qwen3 reads the prompt, and one stream of tokens holds it and the
picture.

Tongyi 2025, “Z-Image: An Efficient Image Generation Foundation Model with Single-Stream Diffusion
Transformer”.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch

from studio.domain.request import Request
from studio.engine.conditioning import SOMETIME, Conditioning, Moment
from studio.engine.families.chat import ChatReader
from studio.engine.families.family import Predict
from studio.engine.families.recipe import AUTOENCODERS, QWEN_TOKENIZERS, Recipe, check, differ
from studio.engine.families.transformer import TransformerFamily

_TOKENS: Final = 512


class ZImage(TransformerFamily):
    """A `Family`: the parts of a Z-Image folder, bound together.

    Args:
        text_encoder, tokenizer: Qwen3, a language model that is asked to draw.
        others: as of `TransformerFamily`; the transformer predicts from lists of latents
            (C, 1, h, w) and of embeddings (tokens, width).
    """

    factors = "flux"

    def __init__(self, *, text_encoder: Any, tokenizer: Any, **others: Any) -> None:
        super().__init__(**others)
        self.reader = ChatReader(text_encoder, tokenizer, self._tokens)

    def _tokens(self, text: str) -> Any:
        tokenizer = self.reader.tokenizer
        asked = tokenizer.apply_chat_template(
            [{"role": "user", "content": text}],
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=True,
        )
        return tokenizer(
            [asked],
            padding="max_length",
            max_length=_TOKENS,
            truncation=True,
            return_tensors="pt",
        )

    def _bind(self, request: Request, conditioning: Conditioning) -> Predict:
        """Guidance as Z-Image's pipeline counts it, from 0: Turbo wants none."""
        images, scale = request.num_images_per_prompt, request.guidance_scale
        told = [self._read(request.prompt)] * images
        if scale > 0:
            told += [self._read(request.negative_prompt)] * images
        tell, look = self._telling(*told), self._looking(conditioning, *told)

        def predict(
            model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment = SOMETIME
        ) -> torch.Tensor:
            if scale <= 0:
                return -tell(model_input, timestep, look(model_input, timestep, moment))
            twice = torch.cat([model_input] * 2)
            towards, without = tell(twice, timestep, look(twice, timestep, moment)).chunk(2)
            return -(towards + scale * (towards - without))

        return predict

    def _read(self, text: str) -> torch.Tensor:
        """Embeddings (tokens, width) of a prompt, without those that only fill up."""
        reading = self.reader.read(text)
        return self._here(reading.states[-2][0][reading.mask[0].bool()])

    def _named(
        self, model_input: torch.Tensor, timestep: torch.Tensor, *told: torch.Tensor
    ) -> dict[str, Any]:
        seen = model_input.to(self._placed[1]).unsqueeze(2)
        return {
            "x": list(seen.unbind(0)),
            # It counts from noise, 0, to the picture, 1.
            "t": (1000 - timestep.expand(len(seen))) / 1000,
            "cap_feats": list(told),
        }

    def _drawn(self, output: Sequence[torch.Tensor], model_input: torch.Tensor) -> torch.Tensor:
        return torch.stack([each.float() for each in output]).squeeze(2)


def _make(**parts: Any) -> ZImage:
    wants, text = parts["transformer"].config, parts["text_encoder"].config
    latents = parts["vae"].config.latent_channels
    check(
        "Z-Image",
        (wants.in_channels != latents, differ("transformer", "autoencoder")),
        (wants.cap_feat_dim != text.hidden_size, differ("transformer", "text encoder")),
        (wants.siglip_feat_dim is not None, "its transformer sees pictures as well (Omni)"),
    )
    return ZImage(**parts)


RECIPE: Final = Recipe(
    parts={
        "transformer": frozenset({("diffusers", "ZImageTransformer2DModel")}),
        "vae": AUTOENCODERS,
        "text_encoder": frozenset(
            {("transformers", "Qwen3Model"), ("transformers", "Qwen3ForCausalLM")}
        ),
        "tokenizer": QWEN_TOKENIZERS,
    },
    make=_make,
    dtype=torch.bfloat16,
)
