"""Embeddings: words that a prompt may use and that a text encoder has never read.

Each is a few vectors in the place of a word's own, one token after the other. Gal et al. 2022, “An
image is worth one word: personalizing text-to-image generation using textual inversion”.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import torch
from tokenizers import AddedToken
from torch import Tensor, nn

from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelRefused
from studio.engine.adapters.parts import readers_of
from studio.engine.families.clip import ClipReader
from studio.engine.families.family import Family
from studio.engine.loading.tensors import Tensors
from studio.prompting import spell_embeddings

# Which text encoder the parts of a file are for, where it tells by name and not by their width.
_NAMED: Final = {"clip_l": "text_encoder", "clip_g": "text_encoder_2"}
_UNKNOWN_END: Final = 2


class Embeddings:
    """The words that a model has learned beside its own."""

    def __init__(self, family: Family) -> None:
        self._readers = [_Learner(name, reader) for name, reader in readers_of(family)]

    def use(self, embeddings: Sequence[AddonInfo]) -> None:
        """From now on the model knows exactly these.

        Raises:
            ModelRefused: one is damaged, or made for another model; then it knows none.
        """
        for reader in self._readers:
            reader.unlearn()
        words = {addon.name: _vectors(addon, self._readers) for addon in embeddings}
        for reader in self._readers:
            reader.learn({name: of[reader.name] for name, of in words.items() if reader.name in of})


class _Learner:
    """A text encoder and its tokenizer, and what they were before they learned."""

    def __init__(self, name: str, reader: ClipReader) -> None:
        self.name = name
        self._reader = reader
        self._tokenizer = reader.tokenizer
        self._table: nn.Embedding = reader.text_encoder.get_input_embeddings()
        self._holder = getattr(reader.text_encoder, "text_model", reader.text_encoder)
        self._end: int | None = getattr(self._holder, "eos_token_id", None)

    @property
    def width(self) -> int:
        return self._table.embedding_dim

    def unlearn(self) -> None:
        self._reader.spell = str
        self._reader.tokenizer = self._tokenizer
        self._reader.text_encoder.set_input_embeddings(self._table)
        self._holder.eos_token_id = self._end

    def learn(self, words: Mapping[str, Tensor]) -> None:
        """Learn words, each of some vectors (n, width)."""
        if not words:
            return
        tokens = {
            name: [f"<|{name}_{i}|>" for i in range(len(vectors))]
            for name, vectors in words.items()
        }
        tokenizer = copy.deepcopy(self._tokenizer)
        added = [token for several in tokens.values() for token in several]
        tokenizer.add_tokens([AddedToken(token, normalized=False) for token in added])
        self._reader.tokenizer = tokenizer
        self._reader.text_encoder.set_input_embeddings(
            _extended(self._table, tokenizer.convert_tokens_to_ids(added), list(words.values()))
        )
        if self._end == _UNKNOWN_END:
            # Old configs don't say which token ends a prompt; then it is that with the highest
            # number, which would now be a learned one.
            self._holder.eos_token_id = tokenizer.eos_token_id
        spelled = {name: " ".join(several) for name, several in tokens.items()}
        self._reader.spell = _speller(spelled)


def _speller(spelled: Mapping[str, str]) -> Callable[[str], str]:
    def spell(prompt: str) -> str:
        return spell_embeddings(prompt, spelled, lambda name: spelled.get(name, name))

    return spell


def _extended(table: nn.Embedding, ids: Sequence[int], vectors: Sequence[Tensor]) -> nn.Embedding:
    """`table` with further rows."""
    weight = table.weight.new_zeros(max(len(table.weight), max(ids) + 1), table.embedding_dim)
    weight[: len(table.weight)] = table.weight
    weight[ids] = torch.cat(list(vectors)).to(weight)
    extended: nn.Embedding = nn.Embedding.from_pretrained(  # type: ignore[no-untyped-call]
        weight, padding_idx=table.padding_idx
    )
    return extended


def _vectors(addon: AddonInfo, readers: Sequence[_Learner]) -> dict[str, Tensor]:
    """What a file says to each text encoder, (n, width)."""
    found: dict[str, Tensor] = {}
    for name, tensor in Tensors.of(addon.path).read(torch.float32).items():
        vectors = tensor.reshape(-1, tensor.shape[-1])
        for reader in readers:
            if _NAMED.get(name, reader.name) == reader.name and vectors.shape[1] == reader.width:
                found[reader.name] = vectors
                break
    if not found:
        raise ModelRefused(
            f"The embedding “{addon.title}” was made for another kind of model.",
            "Take it out of the prompt, or choose a model that it goes with.",
        )
    return found
