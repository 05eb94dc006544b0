"""Language models that read prompts, in single files: Qwen3, Mistral Small 3 and Qwen2.5-VL.

Their names are transformers' own, of the versions that they were published with; ComfyUI's files
have them, too. Those of llama.cpp's GGUF files are known as well. What no tensor's axes tell is as
in the makers' published configurations. What predicts further words is left out: only states are
looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import torch
from torch import nn
from transformers import (
    MistralConfig,
    MistralModel,
    Qwen2_5_VLConfig,
    Qwen2_5_VLModel,
    Qwen2_5_VLTextModel,
    Qwen3Config,
    Qwen3Model,
)
from transformers.models.qwen2_5_vl.configuration_qwen2_5_vl import Qwen2_5_VLTextConfig

from studio.engine.loading.layout import Files
from studio.engine.loading.llama_names import (
    PATCHES,
    language_name,
    seeing,
    seeing_shapes,
    unrotated,
)
from studio.engine.loading.parts import Converted, FilePart
from studio.engine.loading.tensors import Shapes, count

_T = TypeVar("_T")

_HEAD_CHANNELS: Final = 128
_SEEING_HEAD_CHANNELS: Final = 80
# So many layers of Mistral's FLUX.2 looks at: files without the others give the states of the last
# as it left them.
_CUT_LAYERS: Final = 30
_EYES: Final = "visual.patch_embed.proj.weight"
_LLAMA_QUERIES: Final = "blk.0.attn_q.weight"


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
        lambda tensors, model: _renamed(tensors),
        ("blk.0.attn_q_norm.weight",),
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
            "",
        ),
        _make_mistral,
        _convert_mistral,
        (_LLAMA_QUERIES,),
    )


def qwen_vl_part(files: Files) -> FilePart:
    """Qwen2.5-VL, as Qwen-Image reads prompts, and sees pictures to edit. Where it is a GGUF file
    without another one that sees among `files`, it is a Qwen2_5_VLTextModel, which only reads."""
    eyes = next((file for file in files if PATCHES in file.shapes), None)

    def make(shapes: Shapes) -> nn.Module:
        further = seeing_shapes(eyes.shapes) if eyes is not None else {}
        return _make_qwen_vl({**further, **shapes})

    def convert(tensors: dict[str, torch.Tensor], model: Any) -> Converted:
        if isinstance(model, Qwen2_5_VLTextModel):
            return _renamed(tensors)
        named = {_named(name): tensor for name, tensor in tensors.items()}
        if eyes is None or _EYES in named:
            return named
        return {**seeing(eyes.read(model.dtype)), **named}

    return FilePart(
        _EYES,
        ("text_encoders.qwen25_7b.transformer.", "model.", ""),
        make,
        convert,
        (_LLAMA_QUERIES,),
    )


def _make_qwen3(shapes: Shapes) -> Qwen3Model:
    shapes = _renamed(shapes)
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
    shapes = _renamed(shapes)
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


def _convert_mistral(tensors: dict[str, torch.Tensor], model: Any) -> Converted:
    converted = _renamed(tensors)
    if _LLAMA_QUERIES not in tensors:
        return converted
    heads = model.config.num_attention_heads, model.config.num_key_value_heads
    for i in range(model.config.num_hidden_layers):
        for part, number in zip("qk", heads, strict=True):
            name = f"layers.{i}.self_attn.{part}_proj.weight"
            converted[name] = unrotated(converted[name], number)
    return converted


def _make_qwen_vl(shapes: Shapes) -> Qwen2_5_VLModel | Qwen2_5_VLTextModel:
    shapes = {_named(name): shape for name, shape in shapes.items()}
    text = {
        name.removeprefix("language_model."): shape
        for name, shape in shapes.items()
        if name.startswith("language_model.")
    }
    head = min(_HEAD_CHANNELS, text["embed_tokens.weight"][1])
    reads = {
        **_text(text, head),
        "max_position_embeddings": 128000,
        "rms_norm_eps": 1e-6,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 1e6,
            # Time, rows and columns share a head's pairs of channels.
            "mrope_section": [head // 8, 3 * head // 16, 3 * head // 16],
        },
    }
    if _EYES not in shapes:
        return Qwen2_5_VLTextModel(Qwen2_5_VLTextConfig(**reads))
    width, channels, frames, patch, _ = shapes[_EYES]
    return Qwen2_5_VLModel(
        Qwen2_5_VLConfig(
            text_config=reads,
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


def _renamed(tensors: Mapping[str, _T]) -> dict[str, _T]:
    """By transformers' names."""
    return {language_name(theirs): tensor for theirs, tensor in tensors.items()}


def _named(theirs: str) -> str:
    """As published first, the language model had no name of its own; in GGUF files it is alone."""
    if theirs.startswith("model."):
        return "language_model." + theirs.removeprefix("model.")
    name = language_name(theirs)
    return theirs if name == theirs else f"language_model.{name}"
