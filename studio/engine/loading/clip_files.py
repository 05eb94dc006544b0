"""CLIP's text encoders in single files: OpenAI's, whose names are transformers' own, and OpenCLIP.

Source of the layouts: OpenAI's and LAION's code. What no tensor's axes tell, all of them share.
"""

from __future__ import annotations

from typing import Any, Final

import torch
from diffusers.loaders.single_file_utils import convert_open_clip_checkpoint
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from studio.domain.errors import ModelRefused
from studio.engine.loading.clip_words import WORDS
from studio.engine.loading.parts import Converted, FilePart
from studio.engine.loading.tensors import Shapes

_HEAD_CHANNELS: Final = 64
_OPEN: Final = "open_clip."
# OpenCLIP ViT-H without its last layer, as some programs save it for Stable Diffusion 2.
_CUT_LAYERS: Final = 23


def clip_part(*prefixes: str, projects: bool = False) -> FilePart:
    """OpenAI's CLIP, or another one that was saved by transformers."""

    def make(shapes: Shapes) -> CLIPTextModel | CLIPTextModelWithProjection:
        layers = _layers(shapes, "text_model.encoder.layers.")
        width = shapes["text_model.embeddings.token_embedding.weight"][1]
        config = _config(
            words=shapes["text_model.embeddings.token_embedding.weight"][0],
            tokens=shapes["text_model.embeddings.position_embedding.weight"][0],
            width=width,
            inner=shapes["text_model.encoder.layers.0.mlp.fc1.weight"][0],
            layers=layers,
            projection=shapes.get("text_projection.weight", (width,))[0],
            # OpenAI's are of this width; those that are wider are OpenCLIP's.
            activation="quick_gelu" if width <= 768 else "gelu",
        )
        return CLIPTextModelWithProjection(config) if projects else CLIPTextModel(config)

    return FilePart("text_model.embeddings.token_embedding.weight", prefixes, make, _unwrapped)


def open_clip_part(prefix: str, *, projects: bool) -> FilePart:
    """OpenCLIP: with its projection as Stable Diffusion XL reads it, without it as 2 does, which
    leaves out the last layer."""

    def make(shapes: Shapes) -> CLIPTextModel | CLIPTextModelWithProjection:
        layers = _layers(shapes, "transformer.resblocks.")
        width = shapes["token_embedding.weight"][1]
        config = _config(
            words=shapes["token_embedding.weight"][0],
            tokens=shapes["positional_embedding"][0],
            width=width,
            inner=shapes["transformer.resblocks.0.mlp.c_fc.weight"][0],
            layers=layers if projects or layers == _CUT_LAYERS else layers - 1,
            projection=shapes.get("text_projection", (width, width))[1],
            activation="gelu",
        )
        return CLIPTextModelWithProjection(config) if projects else CLIPTextModel(config)

    return FilePart("token_embedding.weight", (prefix,), make, _convert_open_clip)


def projection_width(open_clip: Shapes) -> int:
    """How many numbers OpenCLIP says a whole prompt in."""
    return open_clip["text_projection"][1]


def _config(
    *,
    words: int,
    tokens: int,
    width: int,
    inner: int,
    layers: int,
    projection: int,
    activation: str,
) -> CLIPTextConfig:
    if words != WORDS:
        raise ModelRefused(
            f"Its text encoder reads {words} words, and not the {WORDS} of CLIP.",
            "Use a diffusers folder of this model, which brings its words.",
        )
    return CLIPTextConfig(
        vocab_size=words,
        max_position_embeddings=tokens,
        hidden_size=width,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=max(1, width // _HEAD_CHANNELS),
        hidden_act=activation,
        projection_dim=projection,
        bos_token_id=words - 2,
        eos_token_id=words - 1,
        pad_token_id=words - 1,
    )


def _convert_open_clip(tensors: dict[str, torch.Tensor], encoder: Any) -> Converted:
    named = {_OPEN + name: tensor for name, tensor in tensors.items()}
    converted = convert_open_clip_checkpoint(  # type: ignore[no-untyped-call]
        encoder, named, _OPEN
    )
    return _unwrapped(converted, encoder)


def _unwrapped(tensors: dict[str, torch.Tensor], encoder: Any) -> Converted:
    """transformers has had the encoder's layers in both places."""
    if hasattr(encoder, "text_model"):
        return tensors
    return {name.removeprefix("text_model."): tensor for name, tensor in tensors.items()}


def _layers(shapes: Shapes, prefix: str) -> int:
    return len({name[len(prefix) :].split(".")[0] for name in shapes if name.startswith(prefix)})
