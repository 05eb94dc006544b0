"""Tiny ControlNets with random weights for the tiny flow matching models, in diffusers' layout."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    FluxControlNetModel,
    QwenImageControlNetModel,
    SD3ControlNetModel,
    ZImageControlNetModel,
)

from studio.domain.addons import AddonInfo, AddonKind
from studio.engine.families.flux import Flux
from studio.engine.families.network_family import NetworkFamily
from studio.engine.families.qwen_image import QwenImage
from studio.engine.families.sd3 import StableDiffusion3
from tests.support.tiny_flow_models import CHANNELS, SD3_CHANNELS, WIDTH


def tiny_control(family: NetworkFamily, seed: int, **options: Any) -> Any:
    """A network for models of this family, none of whose weights is zero."""
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        # What diffusers says there is about its own imports.
        warnings.simplefilter("ignore", FutureWarning)
        made = _made(family, options)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape))
    return made.eval()


def write_tiny_control(folder: Path, family: NetworkFamily, seed: int, **options: Any) -> AddonInfo:
    """Write such a network into `folder`, and tell what a catalog would say of it."""
    tiny_control(family, seed, **options).save_pretrained(folder)
    return AddonInfo(folder.name, folder.name, AddonKind.CONTROLNET, "", folder)


def _made(family: NetworkFamily, options: dict[str, Any]) -> Any:
    if isinstance(family, Flux):
        return FluxControlNetModel(
            **{
                "in_channels": 4 * CHANNELS,
                "num_layers": 1,
                "num_single_layers": 1,
                "attention_head_dim": 16,
                "num_attention_heads": 2,
                "joint_attention_dim": WIDTH,
                "pooled_projection_dim": WIDTH,
                "guidance_embeds": True,
                "axes_dims_rope": [4, 4, 8],
                **options,
            }
        )
    if isinstance(family, StableDiffusion3):
        return SD3ControlNetModel(
            **{
                "sample_size": 16,
                "in_channels": SD3_CHANNELS,
                "num_layers": 1,
                "attention_head_dim": 16,
                "num_attention_heads": 2,
                "joint_attention_dim": 2 * WIDTH + 8,
                "caption_projection_dim": 32,
                "pooled_projection_dim": 2 * WIDTH,
                "out_channels": SD3_CHANNELS,
                "pos_embed_max_size": 16,
                **options,
            }
        )
    if isinstance(family, QwenImage):
        return QwenImageControlNetModel(
            **{
                "in_channels": 4 * CHANNELS,
                "out_channels": CHANNELS,
                "num_layers": 1,
                "attention_head_dim": 16,
                "num_attention_heads": 2,
                "joint_attention_dim": WIDTH,
                "axes_dims_rope": (4, 6, 6),
                **options,
            }
        )
    return ZImageControlNetModel(
        **{
            "control_layers_places": [0],
            "control_refiner_layers_places": [0],
            "control_in_dim": CHANNELS,
            "dim": WIDTH,
            "n_refiner_layers": 1,
            "n_heads": 2,
            "n_kv_heads": 2,
            **options,
        }
    )
