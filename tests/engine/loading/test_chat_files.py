"""FLUX.2, Z-Image and Qwen-Image from files: the same pictures as from a folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.loaders.single_file_utils import (
    convert_flux2_transformer_checkpoint_to_diffusers,
    convert_z_image_transformer_checkpoint_to_diffusers,
)

from studio.domain.errors import ModelRefused
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import pick_device
from studio.engine.loading import load, scheduler_config
from studio.engine.loading.flux2_files import flux2_layout
from studio.engine.loading.parts import load_parts
from studio.engine.loading.single_files import LAYOUTS
from studio.engine.loading.tensors import Tensors as FileTensors
from tests.support import chat_files
from tests.support.flow_files import Tensors, below, write_file
from tests.support.ldm_files import ldm_autoencoder

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})
Parts = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Written:
    """A tiny model: in a folder, its parts as tensors, and what the folder's draws."""

    info: ModelInfo
    name: str
    parts: Parts
    transformer: Tensors
    vae: Tensors
    text_encoder: Tensors
    expected: torch.Tensor

    def written(self, folder: Path, **tensors: Tensors) -> ModelInfo:
        """The model in files of its parts in `folder`, some of them changed."""
        names = ("transformer", "vae", "text_encoder")
        path, *others = (
            write_file(tensors.get(part, getattr(self, part)), folder / f"{name}.safetensors")
            for part, name in zip(names, (self.name, "vae", "text"), strict=True)
        )
        return self.at(path, *others)

    def part(self, name: str, path: Path) -> Tensors:
        """The weights of a part as they are loaded from a file."""
        file = FileTensors.of(path)
        shapes = {name: tuple(tensor.shape) for name, tensor in self.transformer.items()}
        parts = LAYOUTS[self.info.family]([FileTensors(path, shapes)]).parts
        return load_parts(self.name, {name: parts[name]}, [file], CPU)[name].state_dict()

    def at(self, path: Path, *parts: Path) -> ModelInfo:
        return dataclasses.replace(
            self.info, path=path, parts=parts, default_guidance_scale=0.0, name=path.stem
        )


def drawn(info: ModelInfo) -> torch.Tensor:
    family = load(info, CPU)
    request = Request("a cat", 3, info.name, 64, 48, "rain", 2, guidance_scale=3.0)
    *_, last = denoise(prepare(family, request))
    return family.decode(last.latents)


Writer = Callable[[Path], tuple[ModelInfo, Parts]]
MODELS: Mapping[str, tuple[Writer, Callable[[Any], Tensors], Callable[[Any], Tensors], str]] = {
    "z_image_turbo_bf16": (
        chat_files.write_z_image_parts,
        chat_files.z_image_transformer,
        chat_files.qwen3,
        "qwen3_4b",
    ),
    "flux-2-klein-base-4b": (
        chat_files.write_klein_parts,
        chat_files.flux2_transformer,
        chat_files.qwen3,
        "qwen3_4b",
    ),
    "flux2_dev": (
        chat_files.write_flux2_parts,
        chat_files.flux2_transformer,
        chat_files.mistral,
        "mistral3_24b",
    ),
    "qwen_image": (
        chat_files.write_qwen_image_parts,
        lambda network: network.state_dict(),
        chat_files.qwen_vl,
        "qwen25_7b",
    ),
}
VAES: Mapping[str, Callable[[Any], Tensors]] = {
    "z-image": lambda vae: ldm_autoencoder(vae.state_dict()),
    "flux2": chat_files.flux2_autoencoder,
    "qwen-image": chat_files.wan_autoencoder,
}


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    write, transformer, text_encoder, _ = MODELS[request.param]
    info, parts = write(tmp_path_factory.mktemp("chat") / "folder")
    return Written(
        info,
        request.param,
        parts,
        transformer(parts["transformer"]),
        VAES[info.family](parts["vae"]),
        text_encoder(parts["text_encoder"]),
        drawn(info),
    )


def test_parts_in_files_of_their_own_draw_the_same(model: Written, tmp_path: Path) -> None:
    info = model.written(tmp_path)
    assert torch.equal(drawn(info), model.expected)
    assert scheduler_config(info) == scheduler_config(model.info)


def test_a_whole_checkpoint_draws_the_same(model: Written, tmp_path: Path) -> None:
    encoder = MODELS[model.name][3]
    whole = {
        **below("model.diffusion_model.", model.transformer),
        **below("vae.", model.vae),
        **below(f"text_encoders.{encoder}.transformer.", model.text_encoder),
    }
    if "tekken_model" in model.text_encoder:
        whole["text_encoders.tekken_model"] = model.text_encoder["tekken_model"]
    path = write_file(whole, tmp_path / f"{model.name}.safetensors")
    assert torch.equal(drawn(model.at(path)), model.expected)


def test_a_file_without_an_encoder_says_what_is_missing(model: Written, tmp_path: Path) -> None:
    info = model.written(tmp_path)
    with pytest.raises(ModelRefused, match=r"has no text encoder|no words that Mistral's"):
        load(dataclasses.replace(info, parts=info.parts[:1]), CPU)


def test_scaled_fp8_weights_are_what_they_stand_for(model: Written, tmp_path: Path) -> None:
    """Marks beside them, as ComfyUI's files have, are passed over."""

    def packed(tensors: Tensors, scale_name: str) -> tuple[Tensors, Tensors]:
        """Matrices in fp8; and what they then stand for."""
        small: Tensors = {"scaled_fp8": torch.empty(0, dtype=torch.float8_e4m3fn)}
        plain: Tensors = {}
        for name, tensor in tensors.items():
            plain[name] = small[name] = tensor
            if name.endswith(".weight") and tensor.dim() == 2 and "norm" not in name:
                scale = tensor.abs().max() / 448
                small[name] = (tensor / scale).to(torch.float8_e4m3fn)
                plain[name] = small[name].float() * scale
                layer = name.removesuffix(".weight")
                small[f"{layer}.{scale_name}"] = scale
                small[f"{layer}.input_scale"] = torch.tensor(1.0)
                small[f"{layer}.comfy_quant"] = torch.tensor([1, 2, 3], dtype=torch.uint8)
        return small, plain

    for part, scale_name in (("transformer", "weight_scale"), ("text_encoder", "scale_weight")):
        small, plain = packed(getattr(model, part), scale_name)
        got = model.part(part, write_file(small, tmp_path / f"{model.name}.safetensors"))
        expected = model.part(part, write_file(plain, tmp_path / f"{model.name}.safetensors"))
        assert got.keys() == expected.keys()
        assert all(torch.equal(got[name], expected[name]) for name in expected)


def test_weights_of_four_bits_are_refused(model: Written, tmp_path: Path) -> None:
    changed = dict(model.transformer)
    name = next(name for name in changed if name.endswith("qkv.weight") or "to_q.weight" in name)
    changed[name] = torch.zeros(changed[name].shape, dtype=torch.uint8)
    changed[name.removesuffix("weight") + "weight_scale"] = torch.ones(len(changed[name]), 2)
    with pytest.raises(ModelRefused, match="packed in a way"):
        load(model.written(tmp_path, transformer=changed), CPU)


def test_names_are_those_that_diffusers_gives(model: Written) -> None:
    convert = {
        "flux2": convert_flux2_transformer_checkpoint_to_diffusers,
        "z-image": convert_z_image_transformer_checkpoint_to_diffusers,
    }.get(model.info.family, lambda tensors: tensors)
    ours = model.parts["transformer"].state_dict()
    theirs = convert(dict(model.transformer))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize("part", ["transformer", "vae"])
def test_names_that_diffusers_gave_are_known_too(model: Written, tmp_path: Path, part: str) -> None:
    expected = model.parts[part].state_dict()
    got = model.part(part, write_file(expected, tmp_path / f"{model.name}.safetensors"))
    assert got.keys() == expected.keys()
    assert all(torch.equal(got[name], expected[name]) for name in expected)


@pytest.mark.parametrize("model", ["z_image_turbo_bf16"], indirect=True)
def test_what_turbo_was_made_of_goes_its_own_way(model: Written, tmp_path: Path) -> None:
    info = model.written(tmp_path)
    assert scheduler_config(info)["shift"] == 3.0
    assert scheduler_config(dataclasses.replace(info, default_guidance_scale=4.0))["shift"] == 6.0


@pytest.mark.parametrize(
    ("name", "is_distilled"),
    [
        ("flux-2-klein-4b-fp8", True),
        ("FLUX.2-klein-9B", True),
        ("flux-2-klein-base-4b", False),
        ("flux2_dev_fp8mixed", False),
        ("somebodys_mix", False),
    ],
)
def test_names_tell_which_klein_needs_no_guidance(name: str, is_distilled: bool) -> None:
    layout = flux2_layout([FileTensors(Path(f"{name}.safetensors"), {})])
    assert layout.settings["is_distilled"] is is_distilled
