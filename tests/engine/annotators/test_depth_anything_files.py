"""Depth Anything in one file of its makers' layout: the same maps as from transformers' folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.catalog import Catalog
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelRefused
from studio.engine.annotators.depth import load_depth_finder
from studio.engine.annotators.depth_anything_files import SEES, read_depth_anything
from tests.engine.test_runner import CPU
from tests.support.samples import noise
from tests.support.tiny_annotators import write_annotator

PICTURE = noise(1, 40, 30)
LAYERS = 4


def makers_layout(ours: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors by the names that the makers' code gives them."""
    made = {}

    def take(theirs: str, name: str) -> None:
        for part in (".weight", ".bias"):
            if name + part in ours:
                made[theirs + part] = ours[name + part]

    embeddings = "backbone.embeddings"
    made["pretrained.cls_token"] = ours[f"{embeddings}.cls_token"]
    made["pretrained.mask_token"] = ours[f"{embeddings}.mask_token"]
    made["pretrained.pos_embed"] = ours[f"{embeddings}.position_embeddings"]
    take("pretrained.patch_embed.proj", f"{embeddings}.patch_embeddings.projection")
    take("pretrained.norm", "backbone.layernorm")
    for layer in range(LAYERS):
        block, encoder = f"pretrained.blocks.{layer}", f"backbone.encoder.layer.{layer}"
        for same in ("norm1", "norm2", "mlp.fc1", "mlp.fc2"):
            take(f"{block}.{same}", f"{encoder}.{same}")
        for part in ("weight", "bias"):
            which = ("query", "key", "value")
            parts = [ours[f"{encoder}.attention.attention.{one}.{part}"] for one in which]
            made[f"{block}.attn.qkv.{part}"] = torch.cat(parts)
        take(f"{block}.attn.proj", f"{encoder}.attention.output.dense")
        for number in (1, 2):
            made[f"{block}.ls{number}.gamma"] = ours[f"{encoder}.layer_scale{number}.lambda1"]
    for number in range(4):
        stage = f"neck.reassemble_stage.layers.{number}"
        take(f"depth_head.projects.{number}", f"{stage}.projection")
        take(f"depth_head.resize_layers.{number}", f"{stage}.resize")
        take(f"depth_head.scratch.layer{number + 1}_rn", f"neck.convs.{number}")
        refined = f"depth_head.scratch.refinenet{4 - number}"
        fused = f"neck.fusion_stage.layers.{number}"
        take(f"{refined}.out_conv", f"{fused}.projection")
        for unit in (1, 2):
            for conv in (1, 2):
                residual = f"{fused}.residual_layer{unit}.convolution{conv}"
                take(f"{refined}.resConfUnit{unit}.conv{conv}", residual)
    take("depth_head.scratch.output_conv1", "head.conv1")
    take("depth_head.scratch.output_conv2.0", "head.conv2")
    take("depth_head.scratch.output_conv2.2", "head.conv3")
    return made


def write_file(path: Path, folder: AddonInfo, dtype: torch.dtype = torch.float32) -> Path:
    ours = load_file(folder.path / "model.safetensors")
    theirs = makers_layout(ours)
    assert sum(tensor.numel() for tensor in theirs.values()) == sum(
        tensor.numel() for tensor in ours.values()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.to(dtype).contiguous() for name, tensor in theirs.items()}, path)
    return path


def folder(path: Path, **wishes: Any) -> AddonInfo:
    info = write_annotator(path / "folder", "depth_anything", num_attention_heads=1, **wishes)
    (info.path / "preprocessor_config.json").write_text(
        str(dict(SEES)).replace("'", '"').replace("True", "true")
    )
    return info


@pytest.mark.parametrize(
    ("name", "wishes"),
    [
        ("depth_anything_v2_vits_fp32", {}),
        ("depth_anything_v2_metric_hypersim_vits", {"depth_estimation_type": "metric"}),
        ("depth_anything_vits14", {}),
    ],
)
def test_it_finds_the_same_as_the_folder(tmp_path: Path, name: str, wishes: dict[str, Any]) -> None:
    there = folder(tmp_path, **wishes)
    write_file(tmp_path / f"models/depthanything/{name}.safetensors", there)
    (info,) = Catalog([tmp_path / "models"]).addons(AddonKind.ANNOTATOR)
    assert (info.name, info.variant, info.family) == (name, "depth", "")
    made = load_depth_finder(info, CPU).depth_map(PICTURE)
    assert np.array_equal(made, load_depth_finder(there, CPU).depth_map(PICTURE))
    assert len(np.unique(made)) > 50


def test_half_precision_is_computed_in_single(tmp_path: Path) -> None:
    path = write_file(tmp_path / "v2.safetensors", folder(tmp_path), torch.float16)
    assert {weight.dtype for weight in read_depth_anything(path).parameters()} == {torch.float32}


@pytest.mark.parametrize(
    ("layers", "name", "seen"),
    [
        (12, "depth_anything_v2_vitb", [3, 6, 9, 12]),
        (24, "depth_anything_v2_vitl", [5, 12, 18, 24]),
        (12, "depth_anything_vitb14", [9, 10, 11, 12]),
        (24, "depth_anything_vitl14", [21, 22, 23, 24]),
    ],
)
def test_the_head_looks_after_the_layers_of_its_version(
    tmp_path: Path, layers: int, name: str, seen: list[int]
) -> None:
    theirs = load_file(write_file(tmp_path / "tiny.safetensors", folder(tmp_path)))
    first = "pretrained.blocks.0."
    block = {each.removeprefix(first): theirs[each] for each in theirs if each.startswith(first)}
    for layer in range(LAYERS, layers):
        theirs |= {f"pretrained.blocks.{layer}.{part}": one.clone() for part, one in block.items()}
    save_file(theirs, tmp_path / f"{name}.safetensors")
    network = read_depth_anything(tmp_path / f"{name}.safetensors")
    assert list(network.config.backbone_config.out_indices) == seen


def test_what_lacks_a_tensor_is_refused(tmp_path: Path) -> None:
    there = folder(tmp_path)
    path = write_file(tmp_path / "models/v2.safetensors", there)
    theirs = load_file(path)
    del theirs["pretrained.blocks.2.attn.qkv.weight"]
    save_file(theirs, path)
    (info,) = Catalog([path.parent]).addons(AddonKind.ANNOTATOR)
    with pytest.raises(ModelRefused, match="damaged or of another kind"):
        load_depth_finder(replace(info, title="V2"), CPU)
