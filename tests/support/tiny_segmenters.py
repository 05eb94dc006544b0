"""A tiny Segment Anything with random weights, in the layout of the published ones."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import SamConfig, SamModel

from studio.domain.addons import AddonInfo, AddonKind

SIDE_PX = 64


def tiny_sam(seed: int = 3) -> SamModel:
    """It looks at squares of 64 px and draws masks of 32."""
    torch.manual_seed(seed)
    config = SamConfig(
        vision_config={
            "hidden_size": 32,
            "output_channels": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": SIDE_PX,
            "patch_size": 8,
            "window_size": 4,
            "global_attn_indexes": [1],
            "num_pos_feats": 16,
            "mlp_dim": 64,
        },
        prompt_encoder_config={
            "hidden_size": 32,
            "image_size": SIDE_PX,
            "patch_size": 8,
            "mask_input_channels": 4,
        },
        mask_decoder_config={
            "hidden_size": 32,
            "mlp_dim": 64,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 32,
        },
    )
    model = SamModel(config).eval()
    # The published ones' weights aren't as small as fresh ones: masks differ from place to place.
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "norm" not in name:
                weight.copy_(torch.randn(weight.shape) / max(1, weight[0].numel()) ** 0.5)
    return model


def write_tiny_sam(folder: Path, seed: int = 3) -> AddonInfo:
    """Such a network as a folder, and what a catalog says of it."""
    tiny_sam(seed).save_pretrained(folder)
    return AddonInfo(folder.name, folder.name.title(), AddonKind.SEGMENTER, "", folder, "sam")
