"""Language models as text encoders: a prompt is put into a conversation, and the model's states
while it reads are what the picture is drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from studio.engine.families.readings import Readings


@dataclass(frozen=True, slots=True)
class ChatReading:
    """What a language model made of a conversation: its states after the embedding and after each
    layer, (1, tokens, width) each, and which tokens are more than filling, `mask` (1, tokens)."""

    states: tuple[torch.Tensor, ...]
    mask: torch.Tensor


class ChatReader:
    """A language model and its tokenizer; what it made of the last few prompts is kept.

    Args:
        text_encoder: the model.
        tokenizer: its tokenizer, or processor.
        tokens: from a prompt to the tokens of the conversation that it is put into, with
            `input_ids` and `attention_mask`.
    """

    def __init__(self, text_encoder: Any, tokenizer: Any, tokens: Callable[[str], Any]) -> None:
        self.text_encoder = text_encoder
        self.tokenizer = tokenizer
        self._tokens = tokens
        self._readings = Readings(self._read)

    def forget(self) -> None:
        """The encoder or its tokenizer isn't what it was: read everything anew."""
        self._readings.clear()

    def read(self, text: str) -> ChatReading:
        """What the model makes of `text`."""
        return self._readings[text]

    def _read(self, text: str) -> ChatReading:
        tokens = self._tokens(text)
        device = self.text_encoder.device
        mask = tokens.attention_mask.to(device)
        output = self.text_encoder(
            input_ids=tokens.input_ids.to(device),
            attention_mask=mask,
            output_hidden_states=True,
        )
        return ChatReading(tuple(output.hidden_states), mask)
