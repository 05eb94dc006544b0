"""IP-Adapters on transformers: XLabs' for FLUX.1, InstantX's for Stable Diffusion 3.5."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import torch

from studio.domain.control import MAX_REFERENCES, ReferenceKind
from studio.engine.references.way import ReferenceWay, Weights, Wish

# Nobody has found yet which of their blocks decides about what.
_KINDS: Final = frozenset({ReferenceKind.WHOLE, ReferenceKind.FACE})


class FluxReferenceWay(ReferenceWay):
    """Several at once."""

    most = MAX_REFERENCES
    kinds = _KINDS

    def network(self, family: Any) -> Any:
        return family.transformer

    def fits(self, weights: Weights, network: Any) -> bool:
        keys = weights["ip_adapter"].get("0.to_k_ip.weight")
        wanted = network.inner_dim, network.config.joint_attention_dim
        is_one = "0.to_k_ip.bias" in weights["ip_adapter"]
        return is_one and keys is not None and tuple(keys.shape) == wanted

    def put_on(self, weights: Sequence[Weights], network: Any, device: torch.device) -> None:
        network._load_ip_adapter_weights(list(weights), low_cpu_mem_usage=False)
        _place([network.encoder_hid_proj, *_worn(network)], network, device)

    def take_off(self, network: Any) -> None:
        network.encoder_hid_proj = None
        network.config.encoder_hid_dim_type = None

    def set_strengths(self, network: Any, wishes: Sequence[Wish]) -> None:
        for processor in _worn(network):
            processor.scale = [strength for _, strength in wishes]


class SD3ReferenceWay(ReferenceWay):
    """One at a time."""

    most = 1
    kinds = _KINDS

    def network(self, family: Any) -> Any:
        return family.transformer

    def fits(self, weights: Weights, network: Any) -> bool:
        keys = weights["ip_adapter"].get("0.to_k_ip.weight")
        is_one = "0.norm_ip.linear.weight" in weights["ip_adapter"]
        return is_one and keys is not None and keys.shape[1] == network.inner_dim

    def put_on(self, weights: Sequence[Weights], network: Any, device: torch.device) -> None:
        network._load_ip_adapter_weights(weights[0], low_cpu_mem_usage=False)
        _place([network.image_proj, *_worn(network)], network, device)

    def take_off(self, network: Any) -> None:
        network.image_proj = None

    def set_strengths(self, network: Any, wishes: Sequence[Wish]) -> None:
        for processor in _worn(network):
            [(_, processor.scale)] = wishes


def _worn(network: Any) -> list[Any]:
    """The attentions' processors that see pictures."""
    return [each for each in network.attn_processors.values() if hasattr(each, "to_k_ip")]


def _place(modules: Sequence[torch.nn.Module], network: Any, device: torch.device) -> None:
    # diffusers leaves them where the file was read.
    for module in modules:
        module.to(device, network.dtype)
