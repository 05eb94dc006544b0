"""How a family's parts are named on the disk and put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import torch

from studio.domain.errors import ModelRefused
from studio.engine.families.family import Family

ClassNames = frozenset[tuple[str, str]]
"""Pairs of a library and the name of one of its classes."""

CLIP_TOKENIZERS: Final[ClassNames] = frozenset(
    {("transformers", "CLIPTokenizer"), ("transformers", "CLIPTokenizerFast")}
)
CLIP_TEXT: Final[ClassNames] = frozenset({("transformers", "CLIPTextModel")})
CLIP_PROJECTED: Final[ClassNames] = frozenset({("transformers", "CLIPTextModelWithProjection")})
QWEN_TOKENIZERS: Final[ClassNames] = frozenset(
    {("transformers", "Qwen2Tokenizer"), ("transformers", "Qwen2TokenizerFast")}
)
AUTOENCODERS: Final[ClassNames] = frozenset(
    {
        ("diffusers", "AutoencoderKL"),
        ("diffusers", "AutoencoderTiny"),
        ("studio.engine.patch_autoencoder", "LinearPatchAutoencoder"),
    }
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """One family.

    `parts` says which classes each part may be of; those in `optional` may be missing and are
    passed as None. `settings` are entries of model_index.json that aren't parts, None where the
    file lacks them. `make` is called with parts, settings and `scheduler_config`, the content of
    scheduler_config.json, by name; it raises ModelRefused when they don't fit together.
    `dtype` is what the weights are published in: a GPU computes in it.
    """

    parts: Mapping[str, ClassNames]
    make: Callable[..., Family]
    dtype: torch.dtype
    optional: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()


def check(title: str, *problems: tuple[bool, str]) -> None:
    """Refuse parts that would only fail, or draw nonsense, in the first step.

    Args:
        title: whose they should be.
        problems: whether there is this one, and what it is. The first counts.

    Raises:
        ModelRefused: there is one.
    """
    for is_there, problem in problems:
        if is_there:
            raise ModelRefused(f"It isn't a plain {title} model: {problem}.")


def differ(one: str, other: str) -> str:
    """What is wrong with two parts whose shapes don't go together."""
    return f"its {one} and its {other} are of different models"
