"""Language models that read prompts, in single files: Qwen3, Mistral Small 3 and Qwen2.5-VL.

Their names are transformers' own, of the versions that they were published with; ComfyUI's files
have them, too. What no tensor's axes tell is as in the makers' published configurations. What
predicts further words is left out: only states are looked at.
"""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import nn
from transformers import (
    MistralConfig,
    MistralModel,
    Qwen2_5_VLConfig,
    Qwen2_5_VLModel,
    Qwen3Config,
    Qwen3Model,
)

from studio.engine.loading.parts import Converted, FilePart
from studio.engine.loading.tensors import Shapes, count

_HEAD_CHANNELS: Final = 128
_SEEING_HEAD_CHANNELS: Final = 80
# So many layers of Mistral's FLUX.2 looks at: files without the others give the states of the last
# as it left them.
_CUT_LAYERS: Final = 30


def qwen3_part() -> FilePart:
    """Qwen3, as Z-Image and FLUX.2 klein read prompts."""
    return FilePart(
        "layers.0.self_attn.q_norm.weight",
        (
            "text_encoders.qwen3_4b.transformer.model.",
            "text_encoders.qwen3_8b.transformer.model.",
            "model.",
            "",
        ),
        _make_qwen3,
        _as_they_are,
    )


def mistral_part() -> FilePart:
    """Mistral Small 3, as FLUX.2 dev reads prompts."""
    return FilePart(
        "layers.0.self_attn.q_proj.weight",
        (
            "text_encoders.mistral3_24b.transformer.model.",
            "language_model.model.",
            "model.language_model.",
            "model.",
        ),
        _make_mistral,
        _as_they_are,
    )


def qwen_vl_part() -> FilePart:
    """Qwen2.5-VL, as Qwen-Image reads prompts, and sees pictures to edit."""
    return FilePart(
        "visual.patch_embed.proj.weight",
        ("text_encoders.qwen25_7b.transformer.", "model.", ""),
        _make_qwen_vl,
        lambda tensors, model: {_named(name): tensor for name, tensor in tensors.items()},
    )


def _make_qwen3(shapes: Shapes) -> Qwen3Model:
    head = shapes["layers.0.self_attn.q_norm.weight"][0]
    return Qwen3Model(
        Qwen3Config(
            **_text(shapes, head),
            head_dim=head,
            max_position_embeddings=40960,
            rms_norm_eps=1e-6,
            rope_parameters={"rope_type": "default", "rope_theta": 1e6},
        )
    )


def _make_mistral(shapes: Shapes) -> nn.Module:
    model: Any = MistralModel(
        MistralConfig(
            **_text(shapes, _HEAD_CHANNELS),
            head_dim=_HEAD_CHANNELS,
            max_position_embeddings=131072,
            rms_norm_eps=1e-5,
            sliding_window=None,
            rope_parameters={"rope_type": "default", "rope_theta": 1e9},
        )
    )
    if model.config.num_hidden_layers == _CUT_LAYERS:
        model.norm = nn.Identity()
    return model  # type: ignore[no-any-return]


def _make_qwen_vl(shapes: Shapes) -> Qwen2_5_VLModel:
    shapes = {_named(name): shape for name, shape in shapes.items()}
    text = {
        name.removeprefix("language_model."): shape
        for name, shape in shapes.items()
        if name.startswith("language_model.")
    }
    head = min(_HEAD_CHANNELS, text["embed_tokens.weight"][1])
    width, channels, frames, patch, _ = shapes["visual.patch_embed.proj.weight"]
    return Qwen2_5_VLModel(
        Qwen2_5_VLConfig(
            text_config={
                **_text(text, head),
                "max_position_embeddings": 128000,
                "rms_norm_eps": 1e-6,
                "rope_parameters": {
                    "rope_type": "default",
                    "rope_theta": 1e6,
                    # Time, rows and columns share a head's pairs of channels.
                    "mrope_section": [head // 8, 3 * head // 16, 3 * head // 16],
                },
            },
            vision_config={
                "depth": count(shapes, "visual.blocks.{}."),
                "hidden_size": width,
                "intermediate_size": shapes["visual.blocks.0.mlp.gate_proj.weight"][0],
                "num_heads": max(1, width // _SEEING_HEAD_CHANNELS),
                "in_channels": channels,
                "out_hidden_size": shapes["visual.merger.mlp.2.weight"][0],
                "patch_size": patch,
                "temporal_patch_size": frames,
                "spatial_merge_size": 2,
                "window_size": 112,
                "fullatt_block_indexes": [7, 15, 23, 31],
                "tokens_per_second": 2,
            },
            image_token_id=151655,
            video_token_id=151656,
            vision_start_token_id=151652,
            vision_end_token_id=151653,
        )
    )


def _text(shapes: Shapes, head: int) -> dict[str, Any]:
    """What the axes tell of a language model whose heads have so many channels."""
    words, width = shapes["embed_tokens.weight"]
    return {
        "vocab_size": words,
        "hidden_size": width,
        "intermediate_size": shapes["layers.0.mlp.gate_proj.weight"][0],
        "num_hidden_layers": count(shapes, "layers.{}."),
        "num_attention_heads": shapes["layers.0.self_attn.q_proj.weight"][0] // head,
        "num_key_value_heads": shapes["layers.0.self_attn.k_proj.weight"][0] // head,
    }


def _as_they_are(tensors: dict[str, torch.Tensor], model: Any) -> Converted:
    return tensors


def _named(theirs: str) -> str:
    """As published first, the language model had no name of its own."""
    if theirs.startswith("model."):
        return "language_model." + theirs.removeprefix("model.")
    return theirs
