"""Depth Anything in one file with its makers' names of tensors, as ComfyUI's nodes have it.

Everything that its configuration would say follows from the tensors' shapes, but for two things
that the file's name tells: which version it is, and whether it was trained on metres.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

from studio.catalog.probe import read_header

# How it sees pictures, as all of its published folders say.
SEES: Final[Mapping[str, Any]] = {
    "size": {"height": 518, "width": 518},
    "keep_aspect_ratio": True,
    "ensure_multiple_of": 14,
    "resample": 3,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
}
_HEAD_WIDTH: Final = 64
_NEAREST_LAYERS_OF_24: Final = (5, 12, 18, 24)
# Our name of a tensor for each of theirs; where there are groups, what they stand for.
_NAMES: Final[tuple[tuple[str, str], ...]] = (
    (r"pretrained\.cls_token", "backbone.embeddings.cls_token"),
    (r"pretrained\.mask_token", "backbone.embeddings.mask_token"),
    (r"pretrained\.pos_embed", "backbone.embeddings.position_embeddings"),
    (r"pretrained\.patch_embed\.proj", "backbone.embeddings.patch_embeddings.projection"),
    (r"pretrained\.norm", "backbone.layernorm"),
    (
        r"pretrained\.blocks\.(\d+)\.(norm1|norm2|mlp\.fc1|mlp\.fc2)",
        r"backbone.encoder.layer.\1.\2",
    ),
    (
        r"pretrained\.blocks\.(\d+)\.attn\.proj",
        r"backbone.encoder.layer.\1.attention.output.dense",
    ),
    (
        r"pretrained\.blocks\.(\d+)\.ls(\d)\.gamma",
        r"backbone.encoder.layer.\1.layer_scale\2.lambda1",
    ),
    (r"depth_head\.projects\.(\d)", r"neck.reassemble_stage.layers.\1.projection"),
    (r"depth_head\.resize_layers\.(\d)", r"neck.reassemble_stage.layers.\1.resize"),
    (r"depth_head\.scratch\.output_conv1", "head.conv1"),
    (r"depth_head\.scratch\.output_conv2\.0", "head.conv2"),
    (r"depth_head\.scratch\.output_conv2\.2", "head.conv3"),
)
_QKV: Final = re.compile(r"pretrained\.blocks\.(\d+)\.attn\.qkv\.(weight|bias)")
_CONV: Final = re.compile(r"depth_head\.scratch\.layer(\d)_rn\.weight")
# They count refinements from the finest, we from the coarsest.
_FUSION: Final = re.compile(
    r"depth_head\.scratch\.refinenet(\d)\.(?:out_conv|resConfUnit(\d)\.conv(\d))\.(weight|bias)"
)


def read_depth_anything(path: Path) -> Any:
    """The network in a file of the makers' own layout.

    Raises:
        ModelRefused: not safetensors, or damaged.
        KeyError, ValueError, RuntimeError: tensors are missing, or don't fit together.
    """
    read_header(path)
    tensors = load_file(path)
    # By the names of the published folders; transformers knows what it calls them itself.
    renamed = {ours: tensor for name in tensors for ours, tensor in _ours(name, tensors)}
    network_class: Any = DepthAnythingForDepthEstimation
    network, report = network_class.from_pretrained(
        None,
        config=_config(tensors, path.stem.lower()),
        state_dict=renamed,
        dtype=torch.float32,
        output_loading_info=True,
    )
    if report["missing_keys"]:
        raise ValueError(f"{len(report['missing_keys'])} tensors are missing")
    return network


def _config(tensors: Mapping[str, torch.Tensor], name: str) -> DepthAnythingConfig:
    width, patch = _shape(tensors, "pretrained.patch_embed.proj.weight")[::3]
    layers = 1 + max(int(each.split(".")[2]) for each in tensors if "pretrained.blocks." in each)
    places = _shape(tensors, "pretrained.pos_embed")[1] - 1
    projected = [_shape(tensors, f"depth_head.projects.{number}.weight")[0] for number in range(4)]
    backbone: dict[str, Any] = {
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": max(1, width // _HEAD_WIDTH),
        "mlp_ratio": _shape(tensors, "pretrained.blocks.0.mlp.fc1.weight")[0] // width,
        "image_size": round(places**0.5) * patch,
        "patch_size": patch,
        "out_indices": list(_layers_seen(layers, is_second="v2" in name)),
        "reshape_hidden_states": False,
        "apply_layernorm": True,
    }
    return DepthAnythingConfig(
        backbone_config=Dinov2Config(**backbone),
        patch_size=patch,
        reassemble_hidden_size=width,
        neck_hidden_sizes=projected,
        fusion_hidden_size=_shape(tensors, "depth_head.scratch.layer1_rn.weight")[0],
        head_hidden_size=_shape(tensors, "depth_head.scratch.output_conv2.0.weight")[0],
        depth_estimation_type="metric" if "metric" in name else "relative",
    )


def _layers_seen(layers: int, *, is_second: bool) -> tuple[int, ...]:
    """After which layers the head looks: the first version after the last four, the second after
    each quarter."""
    if not is_second:
        return tuple(range(layers - 3, layers + 1))
    if layers == _NEAREST_LAYERS_OF_24[-1]:
        return _NEAREST_LAYERS_OF_24
    return tuple(layers * quarter // 4 for quarter in range(1, 5))


def _shape(tensors: Mapping[str, torch.Tensor], name: str) -> tuple[int, ...]:
    return tuple(tensors[name].shape)


def _ours(name: str, tensors: Mapping[str, torch.Tensor]) -> Iterator[tuple[str, torch.Tensor]]:
    """By which names the network knows one of their tensors, and what of it."""
    tensor = tensors[name]
    if found := _QKV.fullmatch(name):
        layer, part = found.groups()
        for which, share in zip(("query", "key", "value"), tensor.chunk(3), strict=True):
            yield f"backbone.encoder.layer.{layer}.attention.attention.{which}.{part}", share
    elif found := _CONV.fullmatch(name):
        yield f"neck.convs.{int(found[1]) - 1}.weight", tensor
    elif found := _FUSION.fullmatch(name):
        stage, unit, conv, part = found.groups()
        layer = f"neck.fusion_stage.layers.{4 - int(stage)}"
        where = "projection" if unit is None else f"residual_layer{unit}.convolution{conv}"
        yield f"{layer}.{where}.{part}", tensor
    else:
        for theirs, ours in _NAMES:
            if found := re.fullmatch(rf"{theirs}(\.weight|\.bias)?", name):
                yield found.expand(ours) + (found[found.re.groups] or ""), tensor
                break
