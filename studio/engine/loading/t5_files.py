"""T5's encoder in single files: in transformers' names, and in those of llama.cpp's GGUF files."""

from __future__ import annotations

from typing import Any, Final

import torch
from transformers import T5Config, T5EncoderModel

from studio.engine.loading.gguf_weights import unpacked
from studio.engine.loading.parts import Converted, FilePart
from studio.engine.loading.renaming import Names, convert, renamed
from studio.engine.loading.tensors import Shapes, count

_BIAS: Final = "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
_LLAMA_BIAS: Final = "enc.blk.0.attn_rel_b.weight"
_NAMES: Final[Names] = (
    (r"^token_embd", ("shared",)),
    (r"^enc\.output_norm", ("encoder.final_layer_norm",)),
    (r"^enc\.blk\.(\d+)\.attn_norm", (r"encoder.block.\1.layer.0.layer_norm",)),
    (
        r"^enc\.blk\.(\d+)\.attn_rel_b",
        (r"encoder.block.\1.layer.0.SelfAttention.relative_attention_bias",),
    ),
    (r"^enc\.blk\.(\d+)\.attn_([qkvo])", (r"encoder.block.\1.layer.0.SelfAttention.\2",)),
    (r"^enc\.blk\.(\d+)\.ffn_norm", (r"encoder.block.\1.layer.1.layer_norm",)),
    (r"^enc\.blk\.(\d+)\.ffn_gate", (r"encoder.block.\1.layer.1.DenseReluDense.wi_0",)),
    (r"^enc\.blk\.(\d+)\.ffn_up", (r"encoder.block.\1.layer.1.DenseReluDense.wi_1",)),
    (r"^enc\.blk\.(\d+)\.ffn_down", (r"encoder.block.\1.layer.1.DenseReluDense.wo",)),
)


def t5_part() -> FilePart:
    """T5's encoder."""
    prefixes = ("text_encoders.t5xxl.transformer.", "t5xxl.transformer.", "")
    return FilePart(_BIAS, prefixes, _make, _convert, (_LLAMA_BIAS,))


def _make(shapes: Shapes) -> T5EncoderModel:
    shapes = {renamed(theirs, _NAMES, {})[0]: shape for theirs, shape in shapes.items()}
    words, width = shapes["shared.weight"]
    buckets, heads = shapes[_BIAS]
    return T5EncoderModel(
        T5Config(
            vocab_size=words,
            d_model=width,
            d_kv=shapes["encoder.block.0.layer.0.SelfAttention.q.weight"][0] // heads,
            d_ff=shapes["encoder.block.0.layer.1.DenseReluDense.wi_0.weight"][0],
            num_layers=count(shapes, "encoder.block.{}."),
            num_heads=heads,
            relative_attention_num_buckets=buckets,
            feed_forward_proj="gated-gelu",
        )
    )


def _convert(tensors: dict[str, torch.Tensor], encoder: Any) -> Converted:
    converted = convert(tensors, encoder, _NAMES, {})
    # What goes into these layers is made what their weights are, which bytes don't tell.
    converted |= {
        name: unpacked(tensor)
        for name, tensor in converted.items()
        if name.endswith((".wo.weight", "shared.weight"))
    }
    return {**converted, "encoder.embed_tokens.weight": converted["shared.weight"]}
