"""IP-Adapters on a UNet (Ye et al. 2023, “IP-Adapter”)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import torch

from studio.domain.control import MAX_REFERENCES, ReferenceKind
from studio.engine.references.way import ReferenceWay, Weights, Wish

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


class UNetReferenceWay(ReferenceWay):
    """Several at once, and each for all of its picture, its style or its composition."""

    most = MAX_REFERENCES
    kinds = frozenset(ReferenceKind)

    def network(self, family: Any) -> Any:
        return family.unet

    def fits(self, weights: Weights, network: Any) -> bool:
        keys = weights["ip_adapter"].get("1.to_k_ip.weight")
        return keys is not None and keys.shape[1] == network.config.cross_attention_dim

    def put_on(self, weights: Sequence[Weights], network: Any, device: torch.device) -> None:
        # What works in slices can't be made anew by diffusers from its class alone.
        network.set_default_attn_processor()
        network._load_ip_adapter_weights(list(weights), low_cpu_mem_usage=False)

    def take_off(self, network: Any) -> None:
        network.encoder_hid_proj = None
        network.config.encoder_hid_dim_type = None

    def set_strengths(self, network: Any, wishes: Sequence[Wish]) -> None:
        blocks = _BLOCKS_XL if network.config.cross_attention_dim == _XL_WIDTH else _BLOCKS
        for name, processor in network.attn_processors.items():
            if not hasattr(processor, "to_k_ip"):
                continue
            for i, (kind, strength) in enumerate(wishes):
                heeds = name.startswith(blocks.get(kind, ""))
                processor.scale[i] = strength if heeds else 0.0
