"""Tiny language models as GGUF files of llama.cpp: named by its own table, converted as it does."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import torch

from tests.support.flow_files import Tensors
from tests.support.gguf_files import GgufWords, write_gguf


@cache
def _names(architecture: str, layers: int) -> Any:
    import gguf

    kind = next(arch for arch, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture)
    return gguf.get_tensor_name_map(kind, layers)


def _name(architecture: str, layers: int, theirs: str) -> str:
    found = _names(architecture, layers).get_name(theirs, try_suffixes=(".weight", ".bias"))
    assert found is not None, theirs
    return str(found)


def _rotated(weight: torch.Tensor, heads: int) -> torch.Tensor:
    """Channels that are turned together side by side, as Llama's own code has them."""
    channels = weight.shape[0] // heads
    order = [i // 2 + (i % 2) * channels // 2 for i in range(channels)]
    return weight.reshape(heads, channels, -1)[:, order].reshape(weight.shape)


def words_of(tokenizer: Any) -> GgufWords:
    """A tokenizer's words as llama.cpp's converter writes them down."""
    content = json.loads(tokenizer.backend_tokenizer.to_str())
    numbers = sorted(tokenizer.get_vocab().items(), key=lambda word: word[1])
    special = {word["content"] for word in content["added_tokens"] if word["special"]}
    return GgufWords(
        [word for word, _ in numbers],
        [3 if word in special else 1 for word, _ in numbers],
        [" ".join(merge) for merge in content["model"]["merges"]],
    )


def write_language_model(
    encoder: Any, architecture: str, path: Path, kind: Any, words: GgufWords | None = None
) -> Path:
    """What reads of an encoder, with `architecture` qwen3, qwen2vl or llama."""
    config = encoder.config.get_text_config()
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    tensors: Tensors = {}
    for name, tensor in encoder.state_dict().items():
        if "visual." in name or "vision" in name or "multi_modal" in name:
            continue
        theirs = name.replace("model.language_model.", "model.")
        theirs = theirs if theirs.startswith(("model.", "lm_head.")) else f"model.{theirs}"
        part = theirs.split(".")[-2]
        if architecture == "llama" and part in heads:
            tensor = _rotated(tensor, heads[part])
        tensors[_name(architecture, config.num_hidden_layers, theirs)] = tensor
    return write_gguf(tensors, path, kind, architecture, words)


def write_eyes(encoder: Any, path: Path, kind: Any) -> Path:
    """What sees of Qwen2.5-VL, as an mmproj file."""
    tensors: Tensors = {}
    for name, tensor in encoder.state_dict().items():
        if "visual." not in name:
            continue
        theirs = name.removeprefix("model.")
        if ".attn.qkv." in theirs:
            for part, third in zip("qkv", tensor.chunk(3), strict=True):
                tensors[_name("clip", 9, theirs.replace("qkv", part))] = third
        elif "patch_embed" in theirs:
            ours = _name("clip", 9, theirs)
            tensors |= {ours: tensor[:, :, 0], f"{ours}.1": tensor[:, :, 1]}
        else:
            tensors[_name("clip", 9, theirs)] = tensor
    return write_gguf(tensors, path, kind, "clip")
