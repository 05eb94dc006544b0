"""SigLIP's vision (Zhai et al. 2023, “Sigmoid Loss for Language Image Pre-Training”)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import SiglipVisionConfig, SiglipVisionModel

from studio.domain.events import Pixels
from studio.engine.loading.weights import variant_of

_PREFIX: Final = "vision_model."
# Of the one that IP-Adapters were trained with, so400m, by its width: its heads, and its pictures,
# which are a little larger than its patches cover.
_HEADS: Final = {1152: 16}
_SIDES_PX: Final = {1152: 384}


class SiglipEncoder:
    """A SiglipVisionModel. Pictures are seen whole, pressed into a square."""

    projected_width = 0

    def __init__(self, network: Any) -> None:
        self.network = network
        self.width: int = network.config.hidden_size

    @torch.inference_mode()
    def see(self, pixels: Pixels, *, whole: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """What it makes of uint8 (H, W, 3), the last states but one, (1, tokens, width); and of
        nothing at all, which are zeros."""
        seen = torch.from_numpy(self._prepared(pixels)).to(self.network.device, self.network.dtype)
        states: torch.Tensor = self.network(seen, output_hidden_states=True).hidden_states[-2]
        return states, torch.zeros_like(states)

    def _prepared(self, pixels: Pixels) -> np.ndarray[Any, np.dtype[np.float32]]:
        """(1, 3, side, side) in [-1, 1], as SigLIP's image processor makes it."""
        side: int = self.network.config.image_size
        square = Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC)
        normal = (np.asarray(square, np.float32) / 255 - 0.5) / 0.5
        return np.ascontiguousarray(normal.transpose(2, 0, 1)[None])


def read_siglip(path: Path, dtype: torch.dtype) -> Any:
    """The network in a folder of transformers' layout, or in one file of the same tensors."""
    if path.is_dir():
        return SiglipVisionModel.from_pretrained(
            path,
            local_files_only=True,
            use_safetensors=True,
            variant=variant_of(path),
            dtype=dtype,
        )
    tensors = {name.removeprefix(_PREFIX): tensor for name, tensor in load_file(path).items()}
    patches = tensors["embeddings.patch_embedding.weight"]
    places = len(tensors["embeddings.position_embedding.weight"])
    width, patch = patches.shape[0], patches.shape[-1]
    config = SiglipVisionConfig(
        hidden_size=width,
        intermediate_size=len(tensors["encoder.layers.0.mlp.fc1.weight"]),
        num_hidden_layers=1
        + max(int(name.split(".")[2]) for name in tensors if name.startswith("encoder.layers.")),
        num_attention_heads=_HEADS.get(width, max(1, width // 64)),
        patch_size=patch,
        image_size=_SIDES_PX.get(width, math.isqrt(places) * patch),
    )
    network = SiglipVisionModel(config)
    report = network.load_state_dict(tensors, strict=False)
    if report.missing_keys:
        raise KeyError(report.missing_keys[0])
    return network
