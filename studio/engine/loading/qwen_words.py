"""Qwen's tokenizer, made of the merges that come with the studio: a single file has none.

Qwen 2, 2.5 and 3 have the same words and differ in the special ones that follow them. Source: the
Qwen team's published tokenizers.
"""

from __future__ import annotations

import lzma
from functools import cache
from typing import Any, Final

from tokenizers.pre_tokenizers import ByteLevel
from transformers import AddedToken, Qwen2Tokenizer

from studio.domain.resources import RESOURCES

_MERGES: Final = RESOURCES / "tokenizers" / "qwen" / "merges.txt.xz"

_END: Final = "<|im_end|>"
_SPECIAL: Final = (
    "<|endoftext|>",
    "<|im_start|>",
    _END,
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
_FUNCTIONS: Final = (
    "<tool_call>",
    "</tool_call>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
)
_THOUGHTS: Final = ("<tool_response>", "</tool_response>", "<think>", "</think>")

# What is left of the published templates where nobody calls functions: Qwen3's answer begins with
# an empty thought when it isn't to think.
_CHAT: Final = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and enable_thinking is false %}"
    "<think>\n\n</think>\n\n{% endif %}{% endif %}"
)


def qwen25_tokenizer() -> Qwen2Tokenizer:
    """The tokenizer of Qwen 2.5 and Qwen2.5-VL, with which Qwen-Image reads prompts."""
    return _tokenizer(_FUNCTIONS)


def qwen3_tokenizer() -> Qwen2Tokenizer:
    """The tokenizer of Qwen 3, with which Z-Image and FLUX.2 klein read prompts."""
    return _tokenizer((*_FUNCTIONS, *_THOUGHTS))


def _tokenizer(plain: tuple[str, ...]) -> Qwen2Tokenizer:
    words, merges = _words()
    further = {word: len(words) + number for number, word in enumerate((*_SPECIAL, *plain))}
    tokenizer = Qwen2Tokenizer(
        vocab=words | further, merges=merges, eos_token=_END, chat_template=_CHAT
    )
    tokenizer.add_tokens([AddedToken(word, special=True, normalized=False) for word in _SPECIAL])
    tokenizer.add_tokens([AddedToken(word, special=False, normalized=False) for word in plain])
    return tokenizer


@cache
def _words() -> tuple[dict[str, int], list[Any]]:
    """The numbers of all words, each a byte or a merge of two others, and the merges."""
    with lzma.open(_MERGES, "rt", encoding="utf-8") as file:
        merges = [
            (first, second) for first, _, second in (line[:-1].partition(" ") for line in file)
        ]
    # Bytes that can be printed come first, by their letters; the others stand for themselves.
    words = [*sorted(ByteLevel.alphabet()), *(first + second for first, second in merges)]
    return {word: number for number, word in enumerate(words)}, merges
