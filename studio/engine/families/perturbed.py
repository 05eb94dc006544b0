"""Perturbed attention guidance: away from what a UNet predicts when its middle sees no structure.

Ahn et al. 2024, “Self-rectifying diffusion sampling with perturbed-attention guidance”: beside the
prediction for the prompt stands one in which self-attention is the identity, each place looking at
itself alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from diffusers.models.attention_processor import (
    Attention,
    PAGCFGIdentitySelfAttnProcessor2_0,
    PAGIdentitySelfAttnProcessor2_0,
)

_GUIDED: Final[Any] = PAGCFGIdentitySelfAttnProcessor2_0()  # type: ignore[no-untyped-call]
_UNGUIDED: Final[Any] = PAGIdentitySelfAttnProcessor2_0()  # type: ignore[no-untyped-call]


@contextmanager
def perturbed_attention(unet: Any, *, guided: bool) -> Iterator[None]:
    """Within it, the self-attention in the middle of `unet` is the identity for the last of three
    parts of a batch if it is guided (first without the prompt, then with it), else of two."""
    layers = [
        layer
        for layer in unet.mid_block.modules()
        if isinstance(layer, Attention) and not layer.is_cross_attention
    ]
    before = [layer.processor for layer in layers]
    processor = _GUIDED if guided else _UNGUIDED
    try:
        for layer in layers:
            layer.processor = processor
        yield
    finally:
        for layer, own in zip(layers, before, strict=True):
            layer.processor = own
