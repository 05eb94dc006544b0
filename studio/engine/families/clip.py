"""CLIP reads a prompt: its tokens, and what the text encoder makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from studio.domain.errors import RequestError
from studio.engine.families.readings import Readings


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text encoder made of a prompt.

    `states` are those after the embedding and after each layer, (1, tokens, width) each; `last` is
    the last one, normed; `pooled` (1, width) stands for the whole prompt.
    """

    states: tuple[torch.Tensor, ...]
    last: torch.Tensor
    pooled: torch.Tensor


class ClipReader:
    """A CLIP text encoder and its tokenizer; what they made of the last few prompts is kept.

    `spell` writes a prompt as the tokenizer is to see it, with words that were learned later.
    """

    def __init__(self, text_encoder: Any, tokenizer: Any) -> None:
        self.text_encoder = text_encoder
        self.tokenizer = tokenizer
        self.spell: Callable[[str], str] = str
        self._readings = Readings(self._read)

    def forget(self) -> None:
        """The encoder or its tokenizer isn't what it was: read everything anew."""
        self._readings.clear()

    def embed(self, text: str, clip_skip: int = 0) -> torch.Tensor:
        """Embeddings (1, tokens, width), normed, as Stable Diffusion 1 and 2 see them; of an
        earlier layer when the last `clip_skip` are left out.

        Raises:
            RequestError: there are fewer layers.
        """
        if clip_skip == 0:
            return self.read(text).last
        states = self._before(text, clip_skip)
        # transformers has had the norm in both places.
        holder = getattr(self.text_encoder, "text_model", self.text_encoder)
        normed: torch.Tensor = holder.final_layer_norm(states)
        return normed

    def penultimate(self, text: str, clip_skip: int = 0) -> torch.Tensor:
        """Embeddings (1, tokens, width), not normed, before the last layer, as Stable Diffusion XL
        sees them; or `clip_skip` layers earlier.

        Raises:
            RequestError: there are fewer layers.
        """
        return self._before(text, clip_skip + 1)

    def read(self, text: str) -> Reading:
        """What the encoder makes of `text`, cut where its tokens end."""
        return self._readings[text]

    def _before(self, text: str, layers: int) -> torch.Tensor:
        """The states (1, tokens, width) before the last `layers`."""
        states = self.read(text).states
        if layers >= len(states):
            raise RequestError(
                f"This model's text encoder has {len(states) - 1} layers, too few to leave so many "
                "out.",
                "Lower clip skip.",
            )
        return states[-(layers + 1)]

    def _read(self, text: str) -> Reading:
        tokens = self.tokenizer(
            self.spell(text),
            padding="max_length",
            max_length=self.tokenizer.model_max_length,
            truncation=True,
            return_tensors="pt",
        )
        device = self.text_encoder.device
        masked = getattr(self.text_encoder.config, "use_attention_mask", False)
        output = self.text_encoder(
            tokens.input_ids.to(device),
            attention_mask=tokens.attention_mask.to(device) if masked else None,
            output_hidden_states=True,
        )
        # With a projection the first is what the prompt was projected to.
        pooled = output[0] if hasattr(output, "text_embeds") else output.pooler_output
        return Reading(tuple(output.hidden_states), output.last_hidden_state, pooled)
