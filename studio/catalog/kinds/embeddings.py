"""Textual inversion: a few vectors that stand for a new word.

Sources: A1111's layout ("emb_params"), the one for two text encoders that trainers of SDXL write
("clip_l", "clip_g"), and diffusers' one, in which the word itself is the tensor's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from studio.catalog.kinds.finding import Finding, Weights
from studio.domain.addons import AddonKind

_FAMILIES: Final[Mapping[int, str]] = {768: "sd", 1024: "sd2", 1280: "sdxl", 2048: "sdxl"}
_A1111: Final = "emb_params"
_LARGE: Final = "clip_g"
_MAX_VECTORS: Final = 128
_MAX_TENSORS: Final = 3


def find_embedding(weights: Weights) -> Finding | None:
    """An embedding, if the file holds nothing but one to three short stacks of vectors."""
    tensors = weights.tensors
    if not 1 <= len(tensors) <= _MAX_TENSORS:
        return None
    for tensor in tensors.values():
        if len(tensor.shape) not in (1, 2) or tensor.shape[-1] < 16:
            return None
        if len(tensor.shape) == 2 and tensor.shape[0] > _MAX_VECTORS:
            return None
    if _LARGE in tensors:
        return Finding(AddonKind.EMBEDDING, "sdxl", variant="a1111")
    name = _A1111 if _A1111 in tensors else next(iter(tensors))
    if name != _A1111 and "." in name.strip("."):
        return None  # a layer's name, not a word
    family = _FAMILIES.get(weights.axis(name, -1), "")
    layout = "a1111" if name == _A1111 else "diffusers"
    return Finding(AddonKind.EMBEDDING, family, variant=layout)
