"""Qwen-Image-Edit from files: which one it is, and the same pictures as from a folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import init_empty_weights
from diffusers import QwenImageTransformer2DModel

from studio.domain.model import ModelInfo
from studio.domain.request import PictureRef, Request
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import pick_device
from studio.engine.loading import load
from studio.engine.loading.qwen_image_files import qwen_image_layout
from studio.engine.loading.tensors import Tensors
from tests.support import chat_files
from tests.support.flow_files import write_file

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})


def test_qwen_image_edit_sees_the_picture_as_from_a_folder(tmp_path: Path) -> None:
    info, parts = chat_files.write_qwen_image_parts(
        tmp_path / "folder", "QwenImageEditPlusPipeline", zero_cond_t=True
    )
    path = tmp_path / "qwen_image_edit_2511_bf16.safetensors"
    write_file(parts["transformer"].state_dict(), path)
    others = (
        write_file(chat_files.wan_autoencoder(parts["vae"]), tmp_path / "vae.safetensors"),
        write_file(chat_files.qwen_vl(parts["text_encoder"]), tmp_path / "text.safetensors"),
    )
    of_files = dataclasses.replace(info, path=path, parts=others)
    assert torch.equal(edited(of_files), edited(info))


@pytest.mark.parametrize(
    ("name", "marked", "pipeline", "zero_cond_t"),
    [
        ("qwen_image_fp8_e4m3fn", False, "QwenImagePipeline", False),
        ("qwen_image_2512_bf16", False, "QwenImagePipeline", False),
        ("qwen_image_edit_bf16", False, "QwenImageEditPipeline", False),
        ("Qwen-Image-Edit-2509-Q4_K_M", False, "QwenImageEditPlusPipeline", False),
        ("qwen_image_edit_2511_bf16", True, "QwenImageEditPlusPipeline", True),
        ("Qwen-Image-Edit-2511", False, "QwenImageEditPlusPipeline", True),
        ("somebodys_plus_mix", True, "QwenImageEditPlusPipeline", True),
    ],
)
def test_names_and_marks_tell_the_kinds_of_qwen_image_apart(
    name: str, marked: bool, pipeline: str, zero_cond_t: bool
) -> None:
    with init_empty_weights():
        network = QwenImageTransformer2DModel(num_layers=1)
    shapes = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    if marked:
        shapes["__index_timestep_zero__"] = (0,)
    layout = qwen_image_layout([Tensors(Path(f"{name}.safetensors"), shapes)])
    assert layout.settings["_class_name"] == pipeline
    assert ("processor" in layout.tokenizers) is ("Edit" in pipeline)
    with init_empty_weights():
        made: Any = layout.parts["transformer"].make(shapes)
    expected = {**network.config, "zero_cond_t": zero_cond_t}
    assert all(made.config[name] == expected[name] for name in expected if name[0] != "_")


def edited(info: ModelInfo) -> torch.Tensor:
    family: Any = load(info, CPU)
    assert family.edits
    family.seen_pixels //= 16  # that many only take longer
    start = PictureRef("0" * 64, 64, 64)
    request = Request(
        "a cat", 3, info.name, 64, 64, "", 2, guidance_scale=1.0, init_image=start, edit=True
    )
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    *_, last = denoise(prepare(family, request, picture))
    return last.latents
