"""FLUX.1's transformer in Black Forest Labs' own layout, which ComfyUI's files have, too.

Their code keeps in one matrix what diffusers keeps in several: those are cut apart where the
network says. Source: Black Forest Labs' reference code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch
from diffusers import FluxTransformer2DModel

from studio.engine.loading.parts import Converted, FilePart
from studio.engine.loading.renaming import Names, convert
from studio.engine.loading.tensors import Shapes, count

PREFIXES: Final = ("model.diffusion_model.", "diffusion_model.", "")
"""Below which of these names a transformer lies, in a whole checkpoint or alone."""

_HEAD_CHANNELS: Final = 128
_SIGN: Final = "double_blocks.0.img_attn.norm.key_norm.scale"
GUIDANCE: Final = "guidance_in.in_layer.weight"

_SHIFTS_FIRST: Final = "final_layer.adaLN_modulation.1."
OF_EVERY_FLUX: Final[Names] = (
    (r"txt_in", ("context_embedder",)),
    (r"img_in", ("x_embedder",)),
    (r"final_layer\.linear", ("proj_out",)),
    (r"final_layer\.adaLN_modulation\.1", ("norm_out.linear",)),
    (r"img_attn\.qkv", ("attn.to_q", "attn.to_k", "attn.to_v")),
    (r"txt_attn\.qkv", ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj")),
    (r"img_attn\.norm\.(query|key)_norm", (r"attn.norm_\1",)),
    (r"txt_attn\.norm\.(query|key)_norm", (r"attn.norm_added_\1",)),
    (r"img_attn\.proj", ("attn.to_out.0",)),
    (r"txt_attn\.proj", ("attn.to_add_out",)),
    (r"norm\.(query|key)_norm", (r"attn.norm_\1",)),
)
"""What FLUX.1 and FLUX.2 have in common: their makers' names and diffusers', the first that
fits."""
NAMES: Final[Names] = (
    *OF_EVERY_FLUX,
    (r"(time|guidance)_in", (r"time_text_embed.\1_embedder",)),
    (r"vector_in", ("time_text_embed.text_embedder",)),
    (r"img_mod\.lin", ("norm1.linear",)),
    (r"txt_mod\.lin", ("norm1_context.linear",)),
    (r"img_mlp\.0", ("ff.net.0.proj",)),
    (r"img_mlp\.2", ("ff.net.2",)),
    (r"txt_mlp\.0", ("ff_context.net.0.proj",)),
    (r"txt_mlp\.2", ("ff_context.net.2",)),
    (r"modulation\.lin", ("norm.linear",)),
    (r"linear1", ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp")),
    (r"linear2", ("proj_out",)),
)
"""Those of FLUX.1."""
WORDS: Final = {
    "time_embedder": "timestep_embedder",
    "in_layer": "linear_1",
    "out_layer": "linear_2",
    "double_blocks": "transformer_blocks",
    "single_blocks": "single_transformer_blocks",
    "norm_query": "norm_q",
    "norm_key": "norm_k",
    "norm_added_query": "norm_added_q",
    "norm_added_key": "norm_added_k",
    "scale": "weight",
}


def flux_part() -> FilePart:
    """FLUX.1 of any kind."""
    return FilePart(_SIGN, PREFIXES, _make, _convert)


def has_guidance(shapes: Shapes) -> bool:
    """Whether a file has a FLUX.1 that guidance is built into: schnell is told by its lack."""
    return any(prefix + GUIDANCE in shapes for prefix in PREFIXES)


def _make(shapes: Shapes) -> Any:
    if shapes[_SIGN][0] != _HEAD_CHANNELS:
        raise ValueError(f"heads of {shapes[_SIGN][0]} channels")
    return FluxTransformer2DModel(  # type: ignore[no-untyped-call]
        in_channels=shapes["img_in.weight"][1],
        out_channels=shapes["final_layer.linear.weight"][0],
        num_layers=count(shapes, "double_blocks.{}."),
        num_single_layers=count(shapes, "single_blocks.{}."),
        attention_head_dim=_HEAD_CHANNELS,
        num_attention_heads=shapes["img_in.weight"][0] // _HEAD_CHANNELS,
        joint_attention_dim=shapes["txt_in.weight"][1],
        pooled_projection_dim=shapes["vector_in.in_layer.weight"][1],
        guidance_embeds=GUIDANCE in shapes,
    )


def _convert(tensors: dict[str, torch.Tensor], network: Any) -> Converted:
    return convert(scale_first(tensors), network, NAMES, WORDS)


def scale_first(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Their last layer shifts first and scales then."""
    return {
        name: torch.cat([*reversed(tensor.chunk(2))]) if name.startswith(_SHIFTS_FIRST) else tensor
        for name, tensor in tensors.items()
    }
