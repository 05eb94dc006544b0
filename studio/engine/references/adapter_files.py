"""IP-Adapters from the disk, in the layouts of their makers."""

from __future__ import annotations

from typing import Final

import torch
from safetensors.torch import load_file

from studio.catalog.probe import read_header
from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelRefused, StudioError
from studio.engine.references.way import Weights

# XLabs' words for FLUX.1, and those that diffusers shares with tencent-ailab.
_PARTS: Final = {
    "image_proj": "image_proj",
    "ip_adapter": "ip_adapter",
    "ip_adapter_proj_model": "image_proj",
    "double_blocks": "ip_adapter",
}
_WORDS: Final = (
    ("processor.", ""),
    ("ip_adapter_double_stream_k_proj", "to_k_ip"),
    ("ip_adapter_double_stream_v_proj", "to_v_ip"),
)


def read_adapter(info: AddonInfo) -> Weights:
    """The tensors of an IP-Adapter.

    Raises:
        ModelRefused: damaged, or no IP-Adapter.
    """
    try:
        read_header(info.path)
        tensors = load_file(info.path)
    except StudioError:
        raise
    except Exception as error:
        raise ModelRefused(f"“{info.title}” is damaged.", "Fetch it again.") from error
    weights: Weights = {"image_proj": {}, "ip_adapter": {}}
    for name, tensor in tensors.items():
        part, _, rest = name.partition(".")
        if part in _PARTS:
            for theirs, ours in _WORDS:
                rest = rest.replace(theirs, ours)
            weights[_PARTS[part]][rest] = tensor
    if not all(weights.values()):
        raise ModelRefused(f"“{info.title}” is no IP-Adapter.", "Choose another file.")
    return weights


def sees_whole(projection: dict[str, torch.Tensor]) -> bool:
    """Whether it takes the picture as one vector; the others take the encoder's states."""
    return "proj.weight" in projection


def seen_width(projection: dict[str, torch.Tensor]) -> int:
    """How wide that is which it takes.

    Raises:
        ModelRefused: it takes something else.
    """
    for name in ("proj.weight", "proj.0.weight", "proj_in.weight"):
        if name in projection:
            return projection[name].shape[1]
    raise ModelRefused(
        "This IP-Adapter sees faces by another network than CLIP.", "Choose another."
    )
