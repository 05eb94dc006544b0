"""FLUX.2, Z-Image and Qwen-Image with transformers of few bits: nearly the same pictures."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from studio.domain.request import Request
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import pick_device
from studio.engine.loading import load
from tests.support import chat_files
from tests.support.flow_files import write_file
from tests.support.gguf_files import write_gguf
from tests.support.ldm_files import ldm_autoencoder

gguf = pytest.importorskip("gguf")
CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})


def drawn(family: Any) -> torch.Tensor:
    request = Request("a cat", 3, "chat", 64, 48, num_inference_steps=2)
    *_, last = denoise(prepare(family, request))
    return last.latents


CHAT = {
    "z_image_turbo-Q8_0": (
        chat_files.write_z_image_parts,
        chat_files.z_image_transformer,
        lambda vae: ldm_autoencoder(vae.state_dict()),
        chat_files.qwen3,
    ),
    "flux-2-klein-base-4b-Q8_0": (
        chat_files.write_klein_parts,
        chat_files.flux2_transformer,
        chat_files.flux2_autoencoder,
        chat_files.qwen3,
    ),
    "Qwen_Image-Q8_0": (
        chat_files.write_qwen_image_parts,
        lambda network: network.state_dict(),
        chat_files.wan_autoencoder,
        chat_files.qwen_vl,
    ),
}


@pytest.mark.parametrize("name", CHAT)
def test_transformers_beside_language_models_draw_nearly_the_same(
    tmp_path: Path, name: str
) -> None:
    write, in_file, autoencoder, encoder = CHAT[name]
    info, parts = write(tmp_path / "folder")
    path = write_gguf(
        in_file(parts["transformer"]), tmp_path / f"{name}.gguf", gguf.GGMLQuantizationType.Q8_0
    )
    others = (
        write_file(autoencoder(parts["vae"]), tmp_path / "vae.safetensors"),
        write_file(encoder(parts["text_encoder"]), tmp_path / "text.safetensors"),
    )
    turbo = dataclasses.replace(info, default_guidance_scale=0.0)
    family = load(dataclasses.replace(turbo, path=path, parts=others), CPU)
    expected, got = drawn(load(info, CPU)), drawn(family)
    difference = (got - expected).abs().mean() / expected.abs().mean()
    assert 0 < difference < 0.05
    assert torch.equal(drawn(family), got)
