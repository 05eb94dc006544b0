"""FLUX.2 dev and klein: a language model reads the prompt, a transformer sees one token for each
2 × 2 latents, and pictures to edit beside those that it draws.

Black Forest Labs 2025, “FLUX.2: Frontier Visual Intelligence”.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch

from studio.domain.request import Request
from studio.engine.conditioning import SOMETIME, Conditioning, Moment
from studio.engine.families.chat import ChatReader
from studio.engine.families.family import Predict
from studio.engine.families.patched_autoencoder import PatchedAutoencoder
from studio.engine.families.recipe import QWEN_TOKENIZERS, Recipe, check, differ
from studio.engine.families.transformer import TransformerFamily

_TOKENS: Final = 512
# Of which layers the states are looked at, side by side: Qwen3's of klein and Mistral's of dev.
_LAYERS: Final[Mapping[str, tuple[int, ...]]] = {
    "qwen3": (9, 18, 27),
    "mistral3": (10, 20, 30),
    "mistral": (10, 20, 30),
}
# How far away in time a picture to edit lies from the one that is drawn.
_EDITED_TIME: Final = 10
# With these words the language model of dev was addressed in training.
_ADDRESSED: Final = (
    "You are an AI that reasons about image descriptions. You give structured responses focusing "
    "on object relationships, object\nattribution and actions without speculation."
)


class Flux2(TransformerFamily):
    """A `Family`: the parts of a FLUX.2 folder, bound together.

    Args:
        text_encoder, tokenizer: Qwen3 (klein), or Mistral (dev).
        is_distilled: guidance is of no use; what model_index.json says.
        others: as of `TransformerFamily`; the transformer predicts from tokens (B, N, C), a
            timestep, embeddings (B, tokens, width) and places in time, picture and text, the vae
            is an AutoencoderKLFlux2.
    """

    factors = "flux2"
    autoencoder_class = PatchedAutoencoder
    edits = True

    def __init__(
        self,
        *,
        text_encoder: Any,
        tokenizer: Any,
        is_distilled: bool | None = None,
        **others: Any,
    ) -> None:
        super().__init__(**others)
        self._guided = bool(self.transformer.config.guidance_embeds)
        self._is_distilled = bool(is_distilled)
        self._layers = layers_of(text_encoder)
        self.reader = ChatReader(text_encoder, tokenizer, self._tokens)

    def _tokens(self, text: str) -> Any:
        tokenizer = self.reader.tokenizer
        filled = {"padding": "max_length", "truncation": True, "max_length": _TOKENS}
        if self._guided:
            said = [("system", _ADDRESSED), ("user", text.replace("[IMG]", ""))]
            messages = [
                {"role": role, "content": [{"type": "text", "text": words}]} for role, words in said
            ]
            return tokenizer.apply_chat_template(
                [messages],
                add_generation_prompt=False,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
                **filled,
            )
        asked = tokenizer.apply_chat_template(
            [{"role": "user", "content": text}],
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
        )
        return tokenizer(asked, return_tensors="pt", **filled)

    def _bind(self, request: Request, conditioning: Conditioning) -> Predict:
        """Guidance is built into dev; klein has none, and its base the usual one."""
        images, scale = request.num_images_per_prompt, request.guidance_scale
        shrinks_by = self.autoencoder.shrinks_by
        places = [places_of(request.height // shrinks_by, request.width // shrinks_by)]
        told = []
        if self._guided:
            guidance = torch.full([images], scale, dtype=torch.float32)
            told.append(guidance.to(self._placed[0]))
        if conditioning.edited is not None:
            edited = self._here(self.autoencoder.encode_exactly(conditioning.edited))
            height, width = edited.shape[-2:]
            places.append(places_of(height, width, _EDITED_TIME))
            told.append(pack(edited).repeat(images, 1, 1))
        where = self._everywhere(torch.cat(places), images)

        def steps(text: str) -> Any:
            embeddings = self._read(text).repeat(images, 1, 1)
            words = torch.zeros(embeddings.shape[1], 4, dtype=torch.int64)
            words[:, 3] = torch.arange(len(words))
            held = (embeddings, self._everywhere(words, images), where, *told)
            return self._steps.holding(*held)

        towards = steps(request.prompt)
        is_guided = scale > 1 and not (self._guided or self._is_distilled)
        away = steps(request.negative_prompt) if is_guided else None

        def predict(
            model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment = SOMETIME
        ) -> torch.Tensor:
            output: torch.Tensor = towards(model_input, timestep)
            if away is None:
                return output
            without: torch.Tensor = away(model_input, timestep)
            return without + scale * (output - without)

        return predict

    def _read(self, text: str) -> torch.Tensor:
        """Embeddings (1, tokens, layers · width) of a prompt."""
        states = self.reader.read(text).states
        side_by_side = torch.stack([states[layer] for layer in self._layers], dim=1)
        images, layers, tokens, width = side_by_side.shape
        merged = side_by_side.permute(0, 2, 1, 3).reshape(images, tokens, layers * width)
        return self._here(merged)

    def _everywhere(self, places: torch.Tensor, images: int) -> torch.Tensor:
        return places.to(self._placed[0]).expand(images, -1, -1)

    def _named(
        self, model_input: torch.Tensor, timestep: torch.Tensor, *told: torch.Tensor
    ) -> dict[str, Any]:
        embeddings, words, where, *more = told
        guidance = more.pop(0) if self._guided else None
        tokens = pack(model_input)
        return {
            "hidden_states": torch.cat([tokens, *more], dim=1) if more else tokens,
            "timestep": timestep.expand(len(tokens)).to(tokens.dtype) / 1000,
            "guidance": guidance,
            "encoder_hidden_states": embeddings,
            "txt_ids": words,
            "img_ids": where,
        }

    def _drawn(self, output: torch.Tensor, model_input: torch.Tensor) -> torch.Tensor:
        _, _, height, width = model_input.shape
        drawn = output[:, : height * width]
        return drawn.permute(0, 2, 1).reshape(model_input.shape)


def pack(latents: torch.Tensor) -> torch.Tensor:
    """Tokens (B, h · w, C) of latents (B, C, h, w)."""
    return latents.flatten(2).permute(0, 2, 1)


def places_of(height: int, width: int, time: int = 0) -> torch.Tensor:
    """When each of `height` × `width` tokens is, its row, its column, and no place in the text,
    (height · width, 4)."""
    when, text = torch.tensor([time]), torch.arange(1)
    return torch.cartesian_prod(when, torch.arange(height), torch.arange(width), text)


def layers_of(text_encoder: Any) -> tuple[int, ...]:
    """Of which layers of a language model the states are looked at."""
    return _LAYERS[text_encoder.config.model_type]


def _make(**parts: Any) -> Flux2:
    wants, text = parts["transformer"].config, parts["text_encoder"].config.get_text_config()
    latents, layers = parts["vae"].config.latent_channels, layers_of(parts["text_encoder"])
    check(
        "FLUX.2",
        (wants.in_channels != 4 * latents, differ("transformer", "autoencoder")),
        (wants.joint_attention_dim != 3 * text.hidden_size, differ("transformer", "text encoder")),
        (text.num_hidden_layers < max(layers), "its text encoder is smaller than FLUX.2's"),
    )
    return Flux2(**parts)


RECIPE: Final = Recipe(
    parts={
        "transformer": frozenset({("diffusers", "Flux2Transformer2DModel")}),
        "vae": frozenset({("diffusers", "AutoencoderKLFlux2")}),
        "text_encoder": frozenset(
            {
                ("transformers", "Qwen3ForCausalLM"),
                ("transformers", "Mistral3ForConditionalGeneration"),
            }
        ),
        "tokenizer": QWEN_TOKENIZERS
        | {("transformers", "PixtralProcessor"), ("transformers", "PreTrainedTokenizerFast")},
    },
    make=_make,
    dtype=torch.bfloat16,
    settings=frozenset({"is_distilled"}),
)
