"""CLIP's vision, before or after its projection."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from studio.domain.events import Pixels
from studio.engine.loading.weights import variant_of

# Mean and deviation of the colours that CLIP was trained on (Radford et al. 2021).
_MEAN: Final = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
_DEVIATION: Final = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
# By their width, of those that IP-Adapters were trained with: OpenCLIP ViT-H and ViT-bigG.
_HEADS: Final = {1280: 16, 1664: 16}


class ClipEncoder:
    """A CLIPVisionModelWithProjection. Pictures are seen as a square from their middle."""

    def __init__(self, network: Any) -> None:
        self.network = network
        self.width: int = network.config.hidden_size
        self.projected_width: int = network.config.projection_dim

    @torch.inference_mode()
    def see(self, pixels: Pixels, *, whole: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """What it makes of uint8 (H, W, 3), and of nothing at all: the projected whole (1, width),
        or the last states but one, (1, tokens, width)."""
        seen = torch.from_numpy(self._prepared(pixels)).to(self.network.device, self.network.dtype)
        if whole:
            embeds: torch.Tensor = self.network(seen).image_embeds
            return embeds, torch.zeros_like(embeds)
        both = (seen, torch.zeros_like(seen))
        something, nothing = (
            self.network(each, output_hidden_states=True).hidden_states[-2] for each in both
        )
        return something, nothing

    def _prepared(self, pixels: Pixels) -> np.ndarray[Any, np.dtype[np.float32]]:
        """(1, 3, side, side), as CLIP's image processor makes it."""
        side: int = self.network.config.image_size
        height, width = pixels.shape[:2]
        scale = side / min(height, width)
        size = max(side, int(width * scale)), max(side, int(height * scale))
        resized = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)
        left, top = (size[0] - side) // 2, (size[1] - side) // 2
        square = np.asarray(resized.crop((left, top, left + side, top + side)), np.float32) / 255
        normal = (square - _MEAN) / _DEVIATION
        return np.ascontiguousarray(normal.transpose(2, 0, 1)[None])


def read_clip(path: Path, dtype: torch.dtype) -> Any:
    """The network in a folder of transformers' layout, or in one file of the same tensors."""
    if path.is_dir():
        return CLIPVisionModelWithProjection.from_pretrained(
            path,
            local_files_only=True,
            use_safetensors=True,
            variant=variant_of(path),
            dtype=dtype,
        )
    tensors = load_file(path)
    prefix = "vision_model."
    patches = tensors[f"{prefix}embeddings.patch_embedding.weight"]
    places = len(tensors[f"{prefix}embeddings.position_embedding.weight"])
    width = patches.shape[0]
    layers = 1 + max(int(name.split(".")[3]) for name in tensors if ".encoder.layers." in name)
    config = CLIPVisionConfig(
        hidden_size=width,
        intermediate_size=len(tensors[f"{prefix}encoder.layers.0.mlp.fc1.weight"]),
        num_hidden_layers=layers,
        num_attention_heads=_HEADS.get(width, max(1, width // 64)),
        patch_size=patches.shape[-1],
        image_size=round((places - 1) ** 0.5) * patches.shape[-1],
        projection_dim=len(tensors["visual_projection.weight"]),
        hidden_act="gelu" if width >= 1280 else "quick_gelu",
    )
    network = CLIPVisionModelWithProjection(config)
    report = network.load_state_dict(tensors, strict=False)
    if [name for name in report.missing_keys if not name.endswith("position_ids")]:
        raise KeyError(report.missing_keys[0])
    return network
