"""Language models in llama.cpp's GGUF files read prompts as those in safetensors files do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from studio.domain.errors import ModelRefused
from studio.domain.model import ModelInfo
from studio.domain.request import PictureRef, Request
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import pick_device
from studio.engine.loading import load
from tests.support import chat_files
from tests.support.flow_files import write_file
from tests.support.ldm_files import ldm_autoencoder
from tests.support.llama_files import words_of, write_eyes, write_language_model
from tests.support.samples import noise

gguf = pytest.importorskip("gguf")
CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})
SIDE = 64
PICTURE = PictureRef("0" * 64, SIDE, SIDE)


def edit_parts(folder: Path) -> tuple[ModelInfo, dict[str, Any]]:
    return chat_files.write_qwen_image_parts(folder, "QwenImageEditPipeline")


@dataclasses.dataclass(frozen=True)
class Kind:
    """How a model's parts are written, and what its language model's GGUF file calls itself."""

    write: Callable[[Path], tuple[ModelInfo, dict[str, Any]]]
    transformer: Callable[[Any], Any]
    vae: Callable[[Any], Any]
    architecture: str


KINDS: Mapping[str, Kind] = {
    "z_image_turbo": Kind(
        chat_files.write_z_image_parts,
        chat_files.z_image_transformer,
        lambda vae: ldm_autoencoder(vae.state_dict()),
        "qwen3",
    ),
    "flux2_dev": Kind(
        chat_files.write_flux2_parts,
        chat_files.flux2_transformer,
        chat_files.flux2_autoencoder,
        "llama",
    ),
    "qwen_image": Kind(
        chat_files.write_qwen_image_parts,
        lambda network: network.state_dict(),
        chat_files.wan_autoencoder,
        "qwen2vl",
    ),
    "qwen_image_edit": Kind(
        edit_parts,
        lambda network: network.state_dict(),
        chat_files.wan_autoencoder,
        "qwen2vl",
    ),
}


@dataclasses.dataclass(frozen=True)
class Written:
    info: ModelInfo
    info_of_folder: ModelInfo
    parts: dict[str, Any]
    kind: Kind
    folder: Path

    def with_encoder(self, *paths: Path) -> Any:
        """The model in files, its prompts read by what lies in these."""
        others = (self.folder / "vae.safetensors", *paths)
        return load(dataclasses.replace(self.info, parts=others), CPU)

    def encoder(self, packing: str) -> Path:
        path = self.folder / f"{packing}.gguf"
        kind = gguf.GGMLQuantizationType[packing]
        architecture, words = self.kind.architecture, None
        if architecture == "llama":
            words = words_of(self.parts["tokenizer"])
        return write_language_model(self.parts["text_encoder"], architecture, path, kind, words)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Written]:
    def write(name: str) -> Written:
        folder = tmp_path_factory.mktemp("gguf")
        kind = KINDS[name]
        info, parts = kind.write(folder / "model")
        path = write_file(kind.transformer(parts["transformer"]), folder / f"{name}.safetensors")
        write_file(kind.vae(parts["vae"]), folder / "vae.safetensors")
        in_files = dataclasses.replace(info, path=path, default_guidance_scale=0.0)
        return Written(in_files, info, parts, kind, folder)

    return write


def drawn(family: Any, *, edits: bool = False) -> torch.Tensor:
    request = Request("a cat", 3, "chat", SIDE, SIDE, "rain", 2, guidance_scale=3.0)
    pixels = None
    if edits:
        request = dataclasses.replace(request, init_image=PICTURE, edit=True)
        pixels = torch.from_numpy(noise(3, SIDE, SIDE).transpose(2, 0, 1)[None] / np.float32(255))
        family.seen_pixels = SIDE * SIDE
    *_, last = denoise(prepare(family, request, pixels))
    return last.latents


@pytest.mark.parametrize("name", ["z_image_turbo", "flux2_dev", "qwen_image"])
def test_unpacked_weights_draw_the_same(written: Callable[[str], Written], name: str) -> None:
    model = written(name)
    expected = drawn(load(model.info_of_folder, CPU))
    assert torch.equal(drawn(model.with_encoder(model.encoder("F32"))), expected)
    packed = drawn(model.with_encoder(model.encoder("Q8_0")))
    difference = (packed - expected).abs().mean() / expected.abs().mean()
    assert 0 < difference < 0.05


def test_half_of_the_bits_are_the_same_in_both_formats(written: Callable[[str], Written]) -> None:
    model = written("z_image_turbo")
    halves = {
        name: tensor.half().float() if tensor.dim() == 2 else tensor
        for name, tensor in chat_files.qwen3(model.parts["text_encoder"]).items()
    }
    plain = write_file(halves, model.folder / "halves.safetensors")
    expected = drawn(model.with_encoder(plain))
    assert torch.equal(drawn(model.with_encoder(model.encoder("F16"))), expected)


def test_what_edits_sees_with_the_file_beside(written: Callable[[str], Written]) -> None:
    model = written("qwen_image_edit")
    folder = load(model.info_of_folder, CPU)
    reads = model.encoder("F32")
    eyes = model.folder / "mmproj.gguf"
    write_eyes(model.parts["text_encoder"], eyes, gguf.GGMLQuantizationType.F32)
    family = model.with_encoder(reads, eyes)
    assert torch.equal(drawn(family, edits=True), drawn(folder, edits=True))

    blind = model.with_encoder(reads)
    assert torch.equal(drawn(blind), drawn(folder))
    with pytest.raises(ModelRefused, match="can't see the picture"):
        drawn(blind, edits=True)
