"""FLUX.1 and Stable Diffusion 3 in single files: whole, or a transformer with the other parts in
files beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import torch
from diffusers import SD3Transformer2DModel
from diffusers.loaders.single_file_utils import convert_sd3_transformer_checkpoint_to_diffusers

from studio.domain.model import ModelInfo
from studio.engine.loading.bfl import flux_part, has_guidance
from studio.engine.loading.clip_files import clip_part
from studio.engine.loading.clip_words import clip_tokenizer
from studio.engine.loading.layout import FLOW, SHIFTED, Files, Layout
from studio.engine.loading.ldm import autoencoder_part
from studio.engine.loading.parts import Converted, FilePart
from studio.engine.loading.t5_files import t5_part
from studio.engine.loading.t5_words import t5_tokenizer
from studio.engine.loading.tensors import Shapes, Tensors, count

_SAMPLE_PX: Final = 1024
_HEAD_CHANNELS: Final = 64
# In a file of its own nothing but its depth tells it from the first CLIP, which has 12 layers.
_SIGN_OF_CLIP_G: Final = "text_model.encoder.layers.12.layer_norm1.weight"


def flux_layout(files: Files) -> Layout:
    """FLUX.1: nearly always a transformer, with autoencoder, CLIP and T5 in files of their own."""
    return Layout(
        {
            "transformer": flux_part(),
            "vae": autoencoder_part(0.3611, _SAMPLE_PX, 0.1159),
            "text_encoder": clip_part("text_encoders.clip_l.transformer.", ""),
            "text_encoder_2": t5_part(),
        },
        _flux_scheduler_config,
        {"tokenizer": clip_tokenizer, "tokenizer_2": t5_tokenizer},
    )


def sd3_layout(files: Files) -> Layout:
    """Stable Diffusion 3 and 3.5: T5 may be missing."""
    second = clip_part("text_encoders.clip_g.transformer.", "", projects=True)
    t5 = t5_part()
    has_t5 = t5.find(files) is not None
    return Layout(
        {
            "transformer": FilePart(
                "joint_blocks.0.x_block.attn.qkv.weight",
                ("model.diffusion_model.", "diffusion_model.", ""),
                _make_sd3,
                _convert_sd3,
            ),
            "vae": autoencoder_part(1.5305, _SAMPLE_PX, 0.0609),
            "text_encoder": clip_part("text_encoders.clip_l.transformer.", "", projects=True),
            "text_encoder_2": replace(second, sign=_SIGN_OF_CLIP_G),
            **({"text_encoder_3": t5} if has_t5 else {}),
        },
        lambda info, file: {**FLOW, "shift": 3.0},
        {
            "tokenizer": clip_tokenizer,
            "tokenizer_2": lambda: clip_tokenizer("!"),
            **({"tokenizer_3": t5_tokenizer} if has_t5 else {}),
        },
    )


def _flux_scheduler_config(info: ModelInfo, file: Tensors) -> Mapping[str, Any]:
    """As published with dev and with schnell, which goes its few steps evenly."""
    return SHIFTED if has_guidance(file.shapes) else {**FLOW, "shift": 1.0}


def _make_sd3(shapes: Shapes) -> Any:
    width, channels, patch, _ = shapes["x_embedder.proj.weight"]
    layers = count(shapes, "joint_blocks.{}.")
    twice = [i for i in range(layers) if f"joint_blocks.{i}.x_block.attn2.qkv.weight" in shapes]
    normed = "joint_blocks.0.x_block.attn.ln_q.weight" in shapes
    return SD3Transformer2DModel(  # type: ignore[no-untyped-call]
        patch_size=patch,
        in_channels=channels,
        out_channels=shapes["final_layer.linear.weight"][0] // patch**2,
        num_layers=layers,
        attention_head_dim=_HEAD_CHANNELS,
        num_attention_heads=width // _HEAD_CHANNELS,
        joint_attention_dim=shapes["context_embedder.weight"][1],
        caption_projection_dim=shapes["context_embedder.weight"][0],
        pooled_projection_dim=shapes["y_embedder.mlp.0.weight"][1],
        pos_embed_max_size=math.isqrt(shapes["pos_embed"][1]),
        dual_attention_layers=tuple(twice),
        qk_norm="rms_norm" if normed else None,
    )


def _convert_sd3(tensors: dict[str, torch.Tensor], network: Any) -> Converted:
    converted: Converted = convert_sd3_transformer_checkpoint_to_diffusers(  # type: ignore[no-untyped-call]
        tensors
    )
    return converted
