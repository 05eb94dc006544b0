"""Tiny Segment Anythings with random weights, in the layout of the published ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from transformers import Sam2Config, Sam2Model, SamConfig, SamModel

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
    model: SamModel = _lively(SamModel(config))
    return model


def tiny_sam2(seed: int = 1) -> Sam2Model:
    """One of the second generation; it draws masks of 16 px."""
    torch.manual_seed(seed)
    config = Sam2Config(
        vision_config={
            "backbone_config": {
                "model_type": "sam2_hiera_det_model",
                "hidden_size": 8,
                "image_size": [SIDE_PX, SIDE_PX],
                "blocks_per_stage": [1, 1, 2, 1],
                "embed_dim_per_stage": [8, 16, 32, 64],
                "num_attention_heads_per_stage": [1, 1, 2, 2],
                "window_size_per_stage": [4, 4, 4, 2],
                "global_attention_blocks": [3],
                "window_positional_embedding_background_size": [4, 4],
            },
            "backbone_channel_list": [64, 32, 16, 8],
            "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]],
            "fpn_hidden_size": 32,
        },
        prompt_encoder_config={
            "hidden_size": 32,
            "image_size": SIDE_PX,
            "patch_size": 16,
            "mask_input_channels": 4,
        },
        mask_decoder_config={
            "hidden_size": 32,
            "mlp_dim": 64,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 32,
        },
    )
    model: Sam2Model = _lively(Sam2Model(config))
    return model


def _lively(model: Any) -> Any:
    """Fresh weights are smaller than those of the published ones: so masks differ from place to
    place."""
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "norm" not in name:
                weight.copy_(torch.randn(weight.shape) / max(1, weight[0].numel()) ** 0.5)
    return model.eval()


def write_tiny_sam(folder: Path, seed: int = 3) -> AddonInfo:
    """Such a network as a folder, and what a catalog says of it."""
    tiny_sam(seed).save_pretrained(folder)
    return AddonInfo(folder.name, folder.name.title(), AddonKind.SEGMENTER, "", folder, "sam")


def write_tiny_sam2(folder: Path, seed: int = 1, model_type: str = "sam2_video") -> AddonInfo:
    """One of the second generation, which is published as a part of one for films."""
    tiny_sam2(seed).save_pretrained(folder)
    config = folder / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "model_type": model_type}))
    return AddonInfo(folder.name, folder.name.title(), AddonKind.SEGMENTER, "", folder, "sam2")
