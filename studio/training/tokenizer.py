"""Train the prompt tokenizer: byte-level BPE in CLIP's format (Sennrich 2016; Radford 2021).

Trained on the captions and on every name in the full set, so that the common names are one token
each, and a later, longer training can go on with the same tokens.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tokenizers import pre_tokenizers, trainers
from transformers import CLIPTokenizer

START, END = "<|startoftext|>", "<|endoftext|>"
WORD_END = "</w>"


def train_tokenizer(texts: Iterable[str], vocab_size: int, max_length: int) -> CLIPTokenizer:
    """A `CLIPTokenizer` whose words are those of `texts`; any other text falls apart into bytes."""
    backend = CLIPTokenizer().backend_tokenizer
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size - 2,
        initial_alphabet=alphabet,
        end_of_word_suffix=WORD_END,
        show_progress=False,
    )
    backend.train_from_iterator(texts, trainer)
    merges: list[Any] = [tuple(pair) for pair in json.loads(backend.to_str())["model"]["merges"]]
    # CLIP's own order: bytes, bytes that end a word, merges, then the two special tokens.
    words = alphabet + [byte + WORD_END for byte in alphabet]
    words += [left + right for left, right in merges] + [START, END]
    vocab = {word: i for i, word in enumerate(dict.fromkeys(words))}
    return CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=max_length)
