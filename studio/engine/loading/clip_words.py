"""CLIP's tokenizer, made of the merges that come with the studio: a single file has none."""

from __future__ import annotations

import lzma
from typing import Any, Final

from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTokenizer

from studio.domain.resources import RESOURCES

WORDS: Final = 49408
TOKENS: Final = 77
END: Final = "<|endoftext|>"
_START: Final = "<|startoftext|>"
_MERGES: Final = RESOURCES / "tokenizers" / "clip" / "merges.txt.xz"


def clip_tokenizer(pad_token: str = END) -> CLIPTokenizer:
    """The tokenizer of CLIP and OpenCLIP; they were trained with different words at the end of a
    short prompt: the end again, or “!”.
    """
    with lzma.open(_MERGES, "rt", encoding="utf-8") as file:
        pairs = file.read().splitlines()[1:]
    merges: list[Any] = [tuple(pair.split(" ")) for pair in pairs]
    letters = sorted(ByteLevel.alphabet())
    words = [*letters, *(f"{letter}</w>" for letter in letters)]
    words += [first + second for first, second in merges]
    words += [_START, END]
    return CLIPTokenizer(
        vocab={word: number for number, word in enumerate(words)},
        merges=merges,
        pad_token=pad_token,
        model_max_length=TOKENS,
    )
