"""Z-Image in single files: whole, or a transformer with autoencoder and text encoder in files of
their own. Source of the layout: Tongyi's reference code, built upon Lumina's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch
from diffusers import ZImageTransformer2DModel

from studio.domain.model import ModelInfo
from studio.engine.loading.bfl import PREFIXES
from studio.engine.loading.language_files import qwen3_part
from studio.engine.loading.layout import FLOW, Files, Layout
from studio.engine.loading.ldm import autoencoder_part
from studio.engine.loading.parts import Converted, FilePart
from studio.engine.loading.qwen_words import qwen3_tokenizer
from studio.engine.loading.renaming import Names, convert, renamed
from studio.engine.loading.tensors import Shapes, Tensors, count

_SAMPLE_PX: Final = 1024
_PATCH: Final = 2
_SIGLIP: Final = "siglip_embedder.0.weight"
# diffusers' names of layers for pictures cut into patches of 2 × 2, and for one frame.
_NAMES: Final[Names] = (
    (r"^x_embedder\.", ("all_x_embedder.2-1.",)),
    (r"^final_layer\.", ("all_final_layer.2-1.",)),
    (r"attention\.qkv\.", ("attention.to_q.", "attention.to_k.", "attention.to_v.")),
    (r"attention\.out\.", ("attention.to_out.0.",)),
    (r"attention\.([qk])_norm\.", (r"attention.norm_\1.",)),
)


def z_image_layout(files: Files) -> Layout:
    """Z-Image and Z-Image Turbo."""
    return Layout(
        {
            "transformer": FilePart("cap_embedder.0.weight", PREFIXES, _make, _convert),
            "vae": autoencoder_part(0.3611, _SAMPLE_PX, 0.1159),
            "text_encoder": qwen3_part(),
        },
        _scheduler_config,
        {"tokenizer": qwen3_tokenizer},
    )


def _scheduler_config(info: ModelInfo, file: Tensors) -> Mapping[str, Any]:
    """As published with Turbo, which goes without guidance, and with what it was made of."""
    return {**FLOW, "shift": 6.0 if info.default_guidance_scale > 0 else 3.0}


def _make(shapes: Shapes) -> Any:
    shapes = {renamed(theirs, _NAMES, {})[0]: shape for theirs, shape in shapes.items()}
    width, seen = shapes["all_x_embedder.2-1.weight"]
    head = shapes["layers.0.attention.norm_q.weight"][0]
    heads = shapes["layers.0.attention.to_out.0.weight"][1] // head
    return ZImageTransformer2DModel(  # type: ignore[no-untyped-call]
        in_channels=seen // _PATCH**2,
        dim=width,
        n_layers=count(shapes, "layers.{}."),
        n_refiner_layers=count(shapes, "noise_refiner.{}."),
        n_heads=heads,
        n_kv_heads=heads,
        cap_feat_dim=shapes["cap_embedder.0.weight"][0],
        siglip_feat_dim=shapes[_SIGLIP][0] if _SIGLIP in shapes else None,
        axes_dims=[head // 4, 3 * head // 8, 3 * head // 8],
        axes_lens=[1536, 512, 512],
    )


def _convert(tensors: dict[str, torch.Tensor], network: Any) -> Converted:
    converted = convert(tensors, network, _NAMES, {})
    for name in ("x_pad_token", "cap_pad_token"):
        # A GGUF file has them as rows without columns.
        converted[name] = converted[name].reshape(1, -1)
    return converted
