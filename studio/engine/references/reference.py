"""A request's reference pictures, seen by IP-Adapters (Ye et al. 2023, “IP-Adapter”)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch

from studio.domain.control import ReferenceKind

# Which attention of a UNet decides about style and which about composition (Wang et al. 2024,
# “InstantStyle”), by the width of the prompt's embeddings: Stable Diffusion XL's, else 1's.
_XL_WIDTH: Final = 2048
_BLOCKS_XL: Final[Mapping[ReferenceKind, str]] = {
    ReferenceKind.STYLE: "up_blocks.0.attentions.1.",
    ReferenceKind.COMPOSITION: "down_blocks.2.attentions.1.",
}
_BLOCKS: Final[Mapping[ReferenceKind, str]] = {
    ReferenceKind.STYLE: "up_blocks.1.",
    ReferenceKind.COMPOSITION: "down_blocks.2.",
}


@dataclass(frozen=True, slots=True)
class BoundReferences:
    """What the UNet is shown of the reference pictures: for each, of it and of nothing, with one
    row."""

    something: tuple[torch.Tensor, ...]
    nothing: tuple[torch.Tensor, ...]

    def named(self, images: int, *, guided: bool) -> list[torch.Tensor]:
        """As a UNet takes them for `images` pictures, guided ones (first without, then towards) or
        not."""
        shown = []
        for something, nothing in zip(self.something, self.nothing, strict=True):
            towards = torch.cat([something[None]] * images)
            without = torch.cat([nothing[None]] * images)
            shown.append(torch.cat([without, towards]) if guided else towards)
        return shown


def set_strengths(unet: Any, wishes: Sequence[tuple[ReferenceKind, float]]) -> None:
    """Let each attention of a UNet with IP-Adapters heed each reference as it is wished."""
    blocks = _BLOCKS_XL if unet.config.cross_attention_dim == _XL_WIDTH else _BLOCKS
    for name, processor in unet.attn_processors.items():
        if not hasattr(processor, "to_k_ip"):
            continue
        for i, (kind, strength) in enumerate(wishes):
            heeds = name.startswith(blocks.get(kind, ""))
            processor.scale[i] = strength if heeds else 0.0
