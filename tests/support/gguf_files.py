"""GGUF files with weights in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch


@dataclass(frozen=True)
class GgufWords:
    """A tokenizer's words by number, of which kind each is (3: control), and its merges."""

    tokens: list[str]
    kinds: list[int]
    merges: list[str]


def write_gguf(
    tensors: dict[str, torch.Tensor],
    path: Path,
    kind: Any,
    architecture: str = "flux",
    words: GgufWords | None = None,
) -> Path:
    """As published: matrices packed, all else in single precision."""
    import gguf

    writer = gguf.GGUFWriter(path, architecture)
    for name, tensor in tensors.items():
        numbers = tensor.detach().float().numpy()
        if tensor.dim() == 2 and tensor.shape[1] % 32 == 0:
            packed = gguf.quantize(numbers, kind)
            writer.add_tensor(name, packed, raw_dtype=kind)
        else:
            writer.add_tensor(name, numbers)
    if words is not None:
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("tekken")
        writer.add_token_list(words.tokens)
        writer.add_token_types(words.kinds)
        writer.add_token_merges(words.merges)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
