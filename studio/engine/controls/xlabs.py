"""XLabs' ControlNets for FLUX.1 in their own layout: Black Forest Labs' names, and a few of theirs.

Source: XLabs' x-flux.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch
from diffusers import FluxControlNetModel

from studio.engine.loading.bfl import GUIDANCE, NAMES, WORDS
from studio.engine.loading.renaming import Names, convert
from studio.engine.loading.tensors import Shapes, count

_SIGN: Final = "double_blocks.0.img_attn.norm.key_norm.scale"
_LAST: Final = "input_hint_block.14.bias"
# Between its convolutions, which they count, are functions, which they count as well.
_CONVOLUTIONS: Final = ("conv_in", *(f"blocks.{i}" for i in range(6)), "conv_out")
_NAMES: Final[Names] = (
    (r"pos_embed_input", ("controlnet_x_embedder",)),
    *(
        (rf"^input_hint_block\.{2 * i}\.", (f"input_hint_block.{name}.",))
        for i, name in enumerate(_CONVOLUTIONS)
    ),
    *NAMES,
)


def is_xlabs(shapes: Shapes) -> bool:
    """Whether a file with tensors of these axes is in that layout."""
    return _SIGN in shapes and _LAST in shapes


def xlabs_network(
    shapes: Shapes, tensors: Mapping[str, torch.Tensor], axes_dims_rope: Any
) -> tuple[Any, Mapping[str, torch.Tensor]]:
    """The network of such a file, its weights still empty, and these by its names."""
    [head] = shapes[_SIGN]
    width, channels = shapes["img_in.weight"]
    network: Any = FluxControlNetModel(  # type: ignore[no-untyped-call]
        patch_size=2,
        in_channels=channels,
        num_layers=count(shapes, "double_blocks.{}."),
        num_single_layers=0,
        attention_head_dim=head,
        num_attention_heads=width // head,
        joint_attention_dim=shapes["txt_in.weight"][1],
        pooled_projection_dim=shapes["vector_in.in_layer.weight"][1],
        guidance_embeds=GUIDANCE in shapes,
        axes_dims_rope=axes_dims_rope,
        conditioning_embedding_channels=shapes[_LAST][0],
    )
    return network, convert(tensors, network, _NAMES, WORDS)
