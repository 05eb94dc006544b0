"""Annotators with random weights, as small as they can be, in transformers' own layout."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import torch
import transformers

from studio.domain.addons import AddonInfo, AddonKind

POINTS: Final = {number: f"point {number}" for number in range(17)}
THINGS: Final = {0: "person", 1: "bicycle", 2: "car"}
_IMAGENET: Final = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
_NECK: Final = {
    "reassemble_factors": [4, 2, 1, 0.5],
    "neck_hidden_sizes": [8, 8, 16, 16],
    "fusion_hidden_size": 8,
}
_VIT: Final = {
    "hidden_size": 32,
    "num_hidden_layers": 4,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}


def _depth_anything(num_attention_heads: int = 2, **wishes: Any) -> Any:
    stages = [f"stage{number}" for number in range(1, 5)]
    backbone = transformers.Dinov2Config(
        **{**_VIT, "num_attention_heads": num_attention_heads},
        mlp_ratio=2,
        image_size=28,
        patch_size=14,
        out_features=stages,
        reshape_hidden_states=False,
        apply_layernorm=True,
    )
    return transformers.DepthAnythingForDepthEstimation(
        transformers.DepthAnythingConfig(
            backbone_config=backbone,
            reassemble_hidden_size=32,
            head_hidden_size=4,
            **_NECK,
            **wishes,
        )
    )


def _dpt() -> Any:
    return transformers.DPTForDepthEstimation(
        transformers.DPTConfig(
            **_VIT, **_NECK, image_size=32, patch_size=16, backbone_out_indices=[0, 1, 2, 3]
        )
    )


def _zoedepth() -> Any:
    backbone = transformers.BeitConfig(
        **_VIT,
        image_size=32,
        patch_size=16,
        out_indices=[1, 2, 3, 4],
        reshape_hidden_states=False,
        use_relative_position_bias=True,
    )
    bins = {"n_bins": 4, "min_depth": 0.001, "max_depth": 10.0, "name": "nyu"}
    return transformers.ZoeDepthForDepthEstimation(
        transformers.ZoeDepthConfig(
            backbone_config=backbone,
            bottleneck_features=8,
            num_attractors=[4, 2, 2, 1],
            bin_configurations=[bins],
            num_relative_features=4,
            bin_embedding_dim=8,
            **_NECK,
        )
    )


def _vitpose(num_experts: int = 1) -> Any:
    backbone = transformers.VitPoseBackboneConfig(
        image_size=[64, 48],
        patch_size=[8, 8],
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        mlp_ratio=2,
        num_experts=num_experts,
        part_features=8,
        out_indices=[2],
    )
    return transformers.VitPoseForPoseEstimation(
        transformers.VitPoseConfig(
            backbone_config=backbone, use_simple_decoder=True, id2label=POINTS
        )
    )


def _rt_detr() -> Any:
    backbone = transformers.RTDetrResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 16, 16, 16],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )
    widths = [16, 16, 16]
    return transformers.RTDetrForObjectDetection(
        transformers.RTDetrConfig(
            backbone_config=backbone,
            encoder_in_channels=widths,
            decoder_in_channels=widths,
            encoder_hidden_dim=16,
            encoder_ffn_dim=16,
            encoder_attention_heads=2,
            d_model=16,
            decoder_ffn_dim=16,
            decoder_layers=2,
            decoder_attention_heads=2,
            num_queries=10,
            id2label=THINGS,
        )
    )


def _processor(kind: str, side: int, **more: Any) -> dict[str, Any]:
    return {
        "image_processor_type": kind,
        "size": {"height": side, "width": side},
        "do_resize": True,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        **_IMAGENET,
        **more,
    }


# Of each `model_type`: the network, and how it sees pictures.
NETWORKS: Final[Mapping[str, Callable[..., Any]]] = {
    "depth_anything": _depth_anything,
    "dpt": _dpt,
    "zoedepth": _zoedepth,
    "vitpose": _vitpose,
    "rt_detr": _rt_detr,
}
_KEPT: Final = {"keep_aspect_ratio": True, "resample": 3, "do_normalize": True}
PROCESSORS: Final[Mapping[str, dict[str, Any]]] = {
    "depth_anything": _processor("DPTImageProcessor", 56, ensure_multiple_of=14, **_KEPT),
    "dpt": _processor("DPTImageProcessor", 32, do_normalize=True, resample=3),
    "zoedepth": _processor(
        "ZoeDepthImageProcessor",
        32,
        ensure_multiple_of=32,
        keep_aspect_ratio=True,
        resample=2,
        do_normalize=True,
        do_pad=True,
    ),
    "vitpose": _processor("VitPoseImageProcessor", 32, do_affine_transform=True),
    "rt_detr": _processor("RTDetrImageProcessor", 64, resample=2, do_normalize=False),
}
VARIANTS: Final[Mapping[str, str]] = {
    "depth_anything": "depth",
    "dpt": "depth",
    "zoedepth": "depth",
    "vitpose": "pose",
    "rt_detr": "people",
}


def write_annotator(folder: Path, model_type: str, seed: int = 0, **wishes: Any) -> AddonInfo:
    """A folder with such a network of random weights, in single precision.

    Weights are several times as large as transformers would begin with: else everything would be
    equally far and nobody anywhere.
    """
    torch.manual_seed(seed)
    network = NETWORKS[model_type](**wishes).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape))
        if VARIANTS[model_type] == "depth" and model_type != "zoedepth":
            # The last layer cuts off what is below 0.
            *_, last = network.head.parameters()
            last.fill_(5)
        if model_type == "rt_detr":
            # It begins certain that there is nothing; let it be people everywhere.
            network.model.decoder.class_embed[-1].bias.copy_(torch.tensor([3.0, -3.0, -3.0]))
    network.save_pretrained(folder)
    text = json.dumps(PROCESSORS[model_type])
    (folder / "preprocessor_config.json").write_text(text, encoding="utf-8")
    return AddonInfo(
        folder.name, folder.name, AddonKind.ANNOTATOR, "", folder, VARIANTS[model_type]
    )
