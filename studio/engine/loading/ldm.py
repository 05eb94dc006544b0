"""Networks of Stable Diffusion 1, 2 and XL in the layout of their reference code.

Such a file says nothing of how its networks are built: all of it is told from the axes of the
tensors, but for what never changes. Source: CompVis' and Stability's latent diffusion, the code
that trained them. The tensors' names are translated by diffusers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders.single_file_utils import (
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
)

from studio.engine.loading.parts import Converted, FilePart
from studio.engine.loading.tensors import Shapes, count

_NORM_GROUPS: Final = 32
_HEAD_CHANNELS: Final = 64
_HEADS_OF_SD1: Final = 8
_LDM_UNET: Final = "model.diffusion_model."


def unet_part(pooled_width: int = 0, size_numbers: int = 0) -> FilePart:
    """A UNet; one that is told the size of the picture knows it as so many numbers, beside a whole
    prompt so many numbers wide."""

    def make(shapes: Shapes) -> Any:
        config = unet_config(shapes, pooled_width, size_numbers)
        return UNet2DConditionModel.from_config(config)  # type: ignore[no-untyped-call]

    return FilePart(
        "input_blocks.0.0.weight", (_LDM_UNET, "diffusion_model.", "unet.", ""), make, _convert_unet
    )


def autoencoder_part(
    scaling_factor: float, sample_px: int, shift_factor: float | None = None
) -> FilePart:
    """An AutoencoderKL whose tiles are `sample_px` high and wide; the factors are as in diffusers'
    config."""

    settings = {
        "scaling_factor": scaling_factor,
        "shift_factor": shift_factor,
        "sample_size": sample_px,
    }

    def make(shapes: Shapes) -> Any:
        config = {**autoencoder_config(shapes), **settings}
        return AutoencoderKL.from_config(config)  # type: ignore[no-untyped-call]

    return FilePart(
        "decoder.conv_in.weight", ("first_stage_model.", "vae.", ""), make, convert_autoencoder
    )


def unet_config(shapes: Shapes, pooled_width: int = 0, size_numbers: int = 0) -> dict[str, Any]:
    """What diffusers calls the config of a UNet with these tensors."""
    blocks: list[list[tuple[int, int]]] = [[]]  # (channels, transformer layers) of each layer
    for i in range(1, count(shapes, "input_blocks.{}.")):
        if f"input_blocks.{i}.0.op.weight" in shapes:
            blocks.append([])
            continue
        channels = shapes[f"input_blocks.{i}.0.in_layers.2.weight"][0]
        blocks[-1].append((channels, _depth(shapes, f"input_blocks.{i}.1.")))
    layers = {len(block) for block in blocks}
    if len(layers) != 1 or any(len(set(block)) != 1 for block in blocks):
        raise ValueError("blocks of unequal layers")
    firsts = [block[0] for block in blocks]
    middle = _depth(shapes, "middle_block.1.")
    attends = [depth > 0 for _, depth in firsts]
    # Linear from Stable Diffusion 2 on, and from then on as many heads as there are 64 channels.
    projection = next(shape for name, shape in shapes.items() if name.endswith(".1.proj_in.weight"))
    linear = len(projection) == 2
    heads = [max(1, channels // _HEAD_CHANNELS) for channels, _ in firsts]
    config: dict[str, Any] = {
        "in_channels": shapes["input_blocks.0.0.weight"][1],
        "out_channels": shapes["out.2.weight"][0],
        "block_out_channels": [channels for channels, _ in firsts],
        "layers_per_block": layers.pop(),
        "down_block_types": _named(attends, "CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": _named(attends[::-1], "CrossAttnUpBlock2D", "UpBlock2D"),
        "transformer_layers_per_block": [depth or middle for _, depth in firsts],
        "norm_num_groups": _NORM_GROUPS,
        "attention_head_dim": heads if linear else _HEADS_OF_SD1,
        "use_linear_projection": linear,
        "cross_attention_dim": shapes["middle_block.1.transformer_blocks.0.attn2.to_k.weight"][1],
    }
    if "label_emb.0.0.weight" in shapes:
        told = shapes["label_emb.0.0.weight"][1]
        config |= {
            "addition_embed_type": "text_time",
            "projection_class_embeddings_input_dim": told,
            "addition_time_embed_dim": (told - pooled_width) // size_numbers,
        }
    return config


def autoencoder_config(shapes: Shapes) -> dict[str, Any]:
    """What diffusers calls the config of an AutoencoderKL with these tensors, in either layout."""
    level = "encoder.down_blocks.{}.resnets" if _is_diffusers(shapes) else "encoder.down.{}.block"
    levels = [level.format(i) for i in range(count(shapes, level + "."))]
    return {
        "block_out_channels": [shapes[f"{level}.0.conv1.weight"][0] for level in levels],
        "layers_per_block": count(shapes, levels[0] + ".{}."),
        "down_block_types": ["DownEncoderBlock2D"] * len(levels),
        "up_block_types": ["UpDecoderBlock2D"] * len(levels),
        "latent_channels": shapes["decoder.conv_in.weight"][1],
        "norm_num_groups": _NORM_GROUPS,
        "use_quant_conv": "quant_conv.weight" in shapes,
        "use_post_quant_conv": "post_quant_conv.weight" in shapes,
    }


def _convert_unet(tensors: dict[str, torch.Tensor], unet: Any) -> Converted:
    named = {_LDM_UNET + name: tensor for name, tensor in tensors.items()}
    converted: Converted = convert_ldm_unet_checkpoint(  # type: ignore[no-untyped-call]
        named, unet.config
    )
    return converted


def convert_autoencoder(tensors: dict[str, torch.Tensor], vae: Any) -> Converted:
    """The tensors of an AutoencoderKL, in either layout, by diffusers' names."""
    if _is_diffusers(tensors):
        return tensors
    converted: Converted = convert_ldm_vae_checkpoint(  # type: ignore[no-untyped-call]
        tensors, vae.config
    )
    return converted


def _is_diffusers(names: Iterable[str]) -> bool:
    return any(name.startswith("encoder.down_blocks.") for name in names)


def _depth(shapes: Shapes, prefix: str) -> int:
    """How many layers a transformer has."""
    return count(shapes, prefix + "transformer_blocks.{}.")


def _named(conditions: list[bool], if_true: str, if_false: str) -> list[str]:
    return [if_true if condition else if_false for condition in conditions]
