"""Mistral's tokenizer out of its text encoder's file, which has its words as bytes in a tensor or,
in llama.cpp's GGUF files, as lists in its metadata.

The bytes are the JSON of Mistral's own format, Tekken: words with their ranks, and control words
before them. ComfyUI's files of FLUX.2 dev's text encoder carry it. Source of the format: Mistral's
package mistral-common.
"""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from safetensors import safe_open
from tokenizers import AddedToken, Regex, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from transformers import PreTrainedTokenizerFast

from studio.catalog.gguf import read_gguf_header, read_gguf_lists
from studio.domain.errors import ModelRefused
from studio.engine.loading.gguf_weights import SUFFIX
from studio.engine.loading.layout import Files

TEKKEN: Final = "tekken_model"
"""The tensor, of bytes, that holds the words."""

_MAX_BYTES: Final = 64 << 20
_MAX_CONTROLS: Final = 10_000
_MAX_WORD_BYTES: Final = 1000
# What GGUF files say of words.
_WORDS: Final = "tokenizer.ggml.tokens"
_KINDS: Final = "tokenizer.ggml.token_type"
_MERGES: Final = "tokenizer.ggml.merges"
_CONTROL: Final = 3
# How Mistral cuts a text into pieces before words are put together; GGUF files only name it.
_PATTERN: Final = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_DAMAGES: Final = (AttributeError, KeyError, TypeError, ValueError, RecursionError)
_START, _FILLING = "<s>", "<pad>"
_CHAT: Final = (
    "{{ bos_token }}{% for message in messages %}"
    "{% set open, close = ('[SYSTEM_PROMPT]', '[/SYSTEM_PROMPT]') if message.role == 'system'"
    " else ('[INST]', '[/INST]') %}{{ open }}"
    "{% if message.content is string %}{{ message.content }}"
    "{% else %}{% for part in message.content %}{{ part.text }}{% endfor %}{% endif %}"
    "{{ close }}{% endfor %}"
)


def tekken_tokenizer(files: Files) -> PreTrainedTokenizerFast:
    """The tokenizer of Mistral, of the words in the first of `files` that has them.

    Raises:
        ModelRefused: none has them, or they are damaged.
    """
    found = next(((file, name) for file in files for name in file.shapes if _is_tekken(name)), None)
    if found is None:
        return _from_gguf(files)
    file, name = found
    if file.shapes[name] > (_MAX_BYTES,):
        raise ModelRefused(f"{file.path.name} has more words than the studio reads.")
    with safe_open(file.path, "np") as opened:
        content = opened.get_tensor(name).tobytes()
    try:
        return _from_tekken(json.loads(content))
    except _DAMAGES as error:
        raise _damaged(file.path, error) from None


def _damaged(path: Path, error: Exception) -> ModelRefused:
    return ModelRefused(
        f"The words in {path.name} are damaged ({type(error).__name__}).",
        "Fetch this text encoder again.",
    )


def _is_tekken(name: str) -> bool:
    """Whole checkpoints have it below a prefix."""
    return name.rpartition(".")[2] == TEKKEN


def _from_tekken(tekken: dict[str, Any]) -> PreTrainedTokenizerFast:
    config = tekken["config"]
    controls = int(config["default_num_special_tokens"])
    ranked = sorted((int(word["rank"]), word["token_bytes"]) for word in tekken["vocab"])
    ranks = {
        base64.b64decode(word): rank
        for rank, word in ranked[: int(config["default_vocab_size"]) - controls]
    }
    if list(ranks.values()) != list(range(len(ranks))):
        raise ValueError("words are missing")
    if not 0 < controls <= _MAX_CONTROLS or max(map(len, ranks)) > _MAX_WORD_BYTES:
        raise ValueError("words are too many or too long")
    # Numbers that no control word has are kept free for those to come.
    special = {number: f"<SPECIAL_{number}>" for number in range(controls)}
    special |= {int(word["rank"]): str(word["token_str"]) for word in tekken["special_tokens"]}
    # A word may be spelled as a control word is, which is then meant.
    vocab = {_spelled(word): controls + rank for word, rank in ranks.items()}
    vocab |= {word: number for number, word in special.items()}
    merges = [pair for word in ranks if len(word) > 1 for pair in _halves(word, ranks)]
    return _tokenizer(vocab, merges, list(special.values()), str(config["pattern"]))


def _from_gguf(files: Files) -> PreTrainedTokenizerFast:
    packed = [file.path for file in files if file.path.suffix.lower() == SUFFIX]
    path = next((path for path in packed if _is_cut_by_tekken(path)), None)
    if path is None:
        raise ModelRefused(
            "Its text encoder's file has no words that Mistral's tokenizer could be made of "
            f"(the tensor “{TEKKEN}”).",
            "Use ComfyUI's file of this text encoder, or the model's diffusers folder.",
        )
    lists: dict[str, list[Any]] = {**read_gguf_lists(path, (_WORDS, _KINDS, _MERGES))}
    try:
        vocab = {word: number for number, word in enumerate(lists[_WORDS])}
        kinds = zip(lists[_WORDS], lists[_KINDS], strict=True)
        merges = [_pair(merge, vocab) for merge in lists[_MERGES]]
        return _tokenizer(
            vocab, merges, [word for word, kind in kinds if kind == _CONTROL], _PATTERN
        )
    except _DAMAGES as error:
        raise _damaged(path, error) from None


def _is_cut_by_tekken(path: Path) -> bool:
    return read_gguf_header(path).metadata.get("tokenizer.ggml.pre") == "tekken"


def _pair(merge: str, vocab: dict[str, int]) -> tuple[str, str]:
    first, _, second = merge.partition(" ")
    if not {first, second, first + second} <= vocab.keys():
        raise ValueError("a merge of words that aren't there")
    return first, second


def _tokenizer(
    vocab: dict[str, int], merges: list[tuple[str, str]], special: list[str], pattern: str
) -> PreTrainedTokenizerFast:
    if not {_START, _FILLING} <= vocab.keys():
        raise ValueError("control words are missing")
    tokenizer = Tokenizer(BPE(vocab=vocab, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(
        [AddedToken(word, special=True, normalized=False) for word in special]
    )
    # What fills up stands before the prompt, as in training.
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token=_START,
        pad_token=_FILLING,
        padding_side="left",
        chat_template=_CHAT,
    )


def _halves(word: bytes, ranks: dict[bytes, int]) -> list[tuple[str, str]]:
    """The two words that a word is made of when the likeliest neighbours are put together first;
    none for one that can't be made so."""
    pieces = [word[i : i + 1] for i in range(len(word))]
    while len(pieces) > 2:
        rank, i = min(
            (ranks.get(first + second, len(ranks)), i)
            for i, (first, second) in enumerate(pairwise(pieces))
        )
        if rank >= ranks[word]:
            return []
        pieces[i : i + 2] = [pieces[i] + pieces[i + 1]]
    return [(_spelled(pieces[0]), _spelled(pieces[1]))]


def _spelled(word: bytes) -> str:
    """The letters that stand for the bytes of a word in a vocabulary."""
    return "".join(_LETTERS[byte] for byte in word)


def _letters() -> list[str]:
    """A letter for each byte: itself where that can be printed, those from 256 on else."""
    printed = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte if byte in printed else next(others)) for byte in range(256)]


_LETTERS: Final = _letters()
