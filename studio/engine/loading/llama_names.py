"""Language models by the names of llama.cpp's GGUF files, and what sees for them in a file beside.

Source of the names: llama.cpp's package gguf; of what its converter does to the weights: its
classes for Llama, with which Mistral's are converted, and for Qwen2.5-VL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import torch

from studio.engine.loading.gguf_weights import unpacked
from studio.engine.loading.renaming import Names, renamed
from studio.engine.loading.tensors import Shapes

PATCHES: Final = "v.patch_embd.weight"
"""The tensor that tells what sees; its second half, for the second of two frames, ends in “.1”."""

_SECOND_PATCHES: Final = f"{PATCHES}.1"
_WORDS: Final[Names] = (
    (r"^token_embd\b", ("embed_tokens",)),
    (r"^output_norm\b", ("norm",)),
    (r"^blk\.(\d+)\.attn_norm\b", (r"layers.\1.input_layernorm",)),
    (r"^blk\.(\d+)\.attn_([qk]_norm)\b", (r"layers.\1.self_attn.\2",)),
    (r"^blk\.(\d+)\.attn_([qkv])\b", (r"layers.\1.self_attn.\2_proj",)),
    (r"^blk\.(\d+)\.attn_output\b", (r"layers.\1.self_attn.o_proj",)),
    (r"^blk\.(\d+)\.ffn_norm\b", (r"layers.\1.post_attention_layernorm",)),
    (r"^blk\.(\d+)\.ffn_(gate|up|down)\b", (r"layers.\1.mlp.\2_proj",)),
)
_EYES: Final[Names] = (
    (r"^v\.patch_embd\b", ("visual.patch_embed.proj",)),
    (r"^v\.post_ln\b", ("visual.merger.ln_q",)),
    (r"^mm\.(\d+)\b", (r"visual.merger.mlp.\1",)),
    (r"^v\.blk\.(\d+)\.ln([12])\b", (r"visual.blocks.\1.norm\2",)),
    (r"^v\.blk\.(\d+)\.attn_(qkv|[qkv])\b", (r"visual.blocks.\1.attn.\2",)),
    (r"^v\.blk\.(\d+)\.attn_out\b", (r"visual.blocks.\1.attn.proj",)),
    (r"^v\.blk\.(\d+)\.ffn_(gate|up|down)\b", (r"visual.blocks.\1.mlp.\2_proj",)),
)


def language_name(theirs: str) -> str:
    """transformers' name of a language model's tensor; those of no such file stay as they are."""
    return renamed(theirs, _WORDS, {})[0]


def unrotated(weight: torch.Tensor, heads: int) -> torch.Tensor:
    """Queries' or keys' weight of a file of Llama's kind, which has the channels that are turned
    together side by side, with each head's first halves of them first."""
    pairs = weight.reshape(heads, len(weight) // heads // 2, 2, *weight.shape[1:])
    return pairs.swapaxes(1, 2).reshape(weight.shape)


def seeing_shapes(shapes: Shapes) -> Shapes:
    """By transformers' names, the axes that Qwen2.5-VL's eyes have in one piece."""
    ours = {renamed(theirs, _EYES, {})[0]: shape for theirs, shape in shapes.items()}
    ours["visual.patch_embed.proj.weight"] = (*shapes[PATCHES][:2], 2, *shapes[PATCHES][2:])
    return ours


def seeing(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Qwen2.5-VL's eyes by transformers' names, unpacked."""
    plain = {name: unpacked(tensor) for name, tensor in tensors.items()}
    plain[PATCHES] = torch.stack([plain[PATCHES], plain.pop(_SECOND_PATCHES)], dim=2)
    ours = {renamed(theirs, _EYES, {})[0]: tensor for theirs, tensor in plain.items()}
    for query in [name for name in ours if re.search(r"\.attn\.q\.(weight|bias)$", name)]:
        block, _, kind = query.rpartition(".q.")
        parts = [ours.pop(f"{block}.{part}.{kind}") for part in "qkv"]
        ours[f"{block}.qkv.{kind}"] = torch.cat(parts)
    return ours
