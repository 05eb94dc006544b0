"""T5 reads a prompt: its tokens, and what the encoder makes of them."""

from __future__ import annotations

from typing import Any, Final

import torch

from studio.engine.families.readings import Readings
from studio.engine.families.recipe import ClassNames

T5_TEXT: Final[ClassNames] = frozenset({("transformers", "T5EncoderModel")})
T5_TOKENIZERS: Final[ClassNames] = frozenset(
    {("transformers", "T5Tokenizer"), ("transformers", "T5TokenizerFast")}
)


class T5Reader:
    """A T5 encoder and its tokenizer; what they made of the last few prompts is kept.

    Args:
        text_encoder: T5's encoder.
        tokenizer: its tokenizer.
        tokens: how many the model was trained to see; fewer if the tokenizer has a limit below.
    """

    def __init__(self, text_encoder: Any, tokenizer: Any, tokens: int) -> None:
        self.text_encoder = text_encoder
        self.tokenizer = tokenizer
        self.tokens: int = min(tokens, tokenizer.model_max_length)
        self._readings = Readings(self._read)

    def forget(self) -> None:
        """The encoder or its tokenizer isn't what it was: read everything anew."""
        self._readings.clear()

    def embed(self, text: str) -> torch.Tensor:
        """Embeddings (1, tokens, width) of `text`, cut where its tokens end and filled up with
        empty ones, which the encoder sees, too."""
        return self._readings[text]

    def _read(self, text: str) -> torch.Tensor:
        tokens = self.tokenizer(
            text,
            padding="max_length",
            max_length=self.tokens,
            truncation=True,
            return_tensors="pt",
        )
        embeddings: torch.Tensor = self.text_encoder(tokens.input_ids.to(self.text_encoder.device))[
            0
        ]
        return embeddings
