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
_WRAPPED: Final = "text_model."
_WORDS: Final = "embeddings.token_embedding.weight"
# OpenCLIP ViT-H without its last layer, as some programs save it for Stable Diffusion 2.
_CUT_LAYERS: Final = 23


def clip_part(*prefixes: str, projects: bool = False) -> FilePart:
    """OpenAI's CLIP, or another one that was saved by transformers, which has named its layers in
    two ways."""

    def make(shapes: Shapes) -> CLIPTextModel | CLIPTextModelWithProjection:
        shapes = {name.removeprefix(_WRAPPED): shape for name, shape in shapes.items()}
        width = shapes[_WORDS][1]
        config = _config(
            words=shapes[_WORDS][0],
            tokens=shapes["embeddings.position_embedding.weight"][0],
            width=width,
            inner=shapes["encoder.layers.0.mlp.fc1.weight"][0],
            layers=_layers(shapes, "encoder.layers."),
            projection=shapes.get("text_projection.weight", (width,))[0],
            # OpenAI's are of this width; those that are wider are OpenCLIP's.
            activation="quick_gelu" if width <= 768 else "gelu",
        )
        return CLIPTextModelWithProjection(config) if projects else CLIPTextModel(config)

    if projects:
        return FilePart(_WRAPPED + _WORDS, prefixes, make, _as_wrapped)
    either = tuple(prefix + wrapped for prefix in prefixes for wrapped in (_WRAPPED, ""))
    return FilePart(_WORDS, either, make, _as_wrapped)


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
    return _as_wrapped(converted, encoder)


def _as_wrapped(tensors: dict[str, torch.Tensor], encoder: Any) -> Converted:
    """Tensors by the names that `encoder` has for them; only its projection lies outside of its
    text model, where there is one."""
    bare = {name.removeprefix(_WRAPPED): tensor for name, tensor in tensors.items()}
    if not hasattr(encoder, "text_model"):
        return bare
    return {
        name if name.startswith("text_projection.") else _WRAPPED + name: tensor
        for name, tensor in bare.items()
    }


def _layers(shapes: Shapes, prefix: str) -> int:
    return len({name[len(prefix) :].split(".")[0] for name in shapes if name.startswith(prefix)})
