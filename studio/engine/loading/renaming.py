"""Tensors by other names, and matrices that stand for several others cut apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import torch
from torch import nn

Names = Sequence[tuple[str, tuple[str, ...]]]
"""Patterns in other names and what stands for them in ours, the first that fits: one for several
stands for these, one below the other. Each part of what comes out may be another word of ours."""


def renamed(theirs: str, names: Names, words: Mapping[str, str]) -> list[str]:
    """Under which of our names a tensor is known, or the parts of it."""
    for pattern, ours in names:
        match = re.search(pattern, theirs)
        if match is not None:
            before, after = theirs[: match.start()], theirs[match.end() :]
            spelled = [f"{before}{match.expand(name)}{after}".split(".") for name in ours]
            return [".".join(words.get(word, word) for word in parts) for parts in spelled]
    return [theirs]


def convert(
    tensors: Mapping[str, torch.Tensor],
    network: nn.Module,
    names: Names,
    words: Mapping[str, str],
) -> dict[str, torch.Tensor]:
    """The tensors by the names that `network` has, cut as large as its own."""
    wanted = {name: len(tensor) for name, tensor in network.state_dict().items() if tensor.dim()}
    converted: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        ours = renamed(name, names, words)
        if len(ours) == 1:
            converted[ours[0]] = tensor
        elif all(name in wanted for name in ours):
            parts = torch.split(tensor, [wanted[name] for name in ours])
            converted |= zip(ours, parts, strict=True)
    return converted
