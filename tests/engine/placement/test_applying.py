"""Placements carried out on real parts: the pictures stay the same, the weights move."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from studio.domain.errors import EngineError
from studio.domain.placement import Offload, PlacementWishes, Precision, Quantization
from studio.domain.planning import ModelFacts
from studio.domain.request import Request
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import Device, pick_device
from studio.engine.families.sd import StableDiffusion
from studio.engine.loading import load
from studio.engine.placement import DeviceFacts, Placement, plan
from studio.engine.placement.applying import (
    apply,
    check_file_placement,
    part_options,
    placed_on,
    reading_device,
)
from studio.engine.placement.facts import device_facts, model_facts
from studio.engine.placement.quantizing import check_installed, quantization_config
from studio.engine.placement.turns import Turns
from tests.support import model_files as files
from tests.support.model_files import write_safetensors

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})
CARD = DeviceFacts("cuda", "A card", 24 << 30, 22 << 30, 64 << 30, (8, 9))
FACTS = ModelFacts("tiny", "sd", {"denoiser": 10, "autoencoder": 10, "text_encoder": 10}, 1024)
JOB = Request(prompt="a cat", seed=5, model="tiny", width=32, height=24, num_inference_steps=4)


def placement(**wishes: Any) -> Placement:
    return plan(CARD, FACTS, PlacementWishes(precision=Precision.FP32, **wishes))


def parts_of(family: StableDiffusion) -> dict[str, Any]:
    parts = {"unet": family.unet, "vae": family.vae, "text_encoder": family.clip.text_encoder}
    return copy.deepcopy(parts) | {"tokenizer": family.clip.tokenizer}


def placed(family: StableDiffusion, chosen: Placement) -> StableDiffusion:
    parts = parts_of(family)
    apply(parts, placed_on(CPU, chosen))
    return StableDiffusion(**parts, scheduler_config=family.scheduler_config)


@torch.inference_mode()
def picture(family: StableDiffusion, job: Request = JOB) -> torch.Tensor:
    job_run = prepare(family, job)
    for _ in denoise(job_run):
        pass
    return family.decode(job_run.latents)


@pytest.mark.parametrize("offload", Offload)
def test_every_way_to_offload_gives_the_same_bits(
    tiny_family: StableDiffusion, offload: Offload
) -> None:
    whole = picture(tiny_family)
    family = placed(tiny_family, placement(offload=offload))
    for _ in range(2):  # the second job would repeat the first one's steps
        assert torch.equal(picture(family), whole)
    assert family.unet.device == torch.device("cpu")


def test_decoding_in_tiles_is_switched_on(tiny_family: StableDiffusion) -> None:
    family = placed(tiny_family, placement(tiles=True))
    assert family.vae.use_tiling
    assert family.vae.use_slicing


def test_fp8_weights_take_a_quarter_and_change_the_picture_somewhat(
    tiny_family: StableDiffusion,
) -> None:
    family = placed(tiny_family, placement(quantization=Quantization.FP8))
    stored = {parameter.dtype for parameter in family.unet.parameters()}
    assert torch.float8_e4m3fn in stored
    difference = (picture(family) - picture(tiny_family)).abs().max()
    assert 0 < difference < 0.5
    assert family.unet.dtype == torch.float32


class Part(nn.Module):
    """Notes where it is sent."""

    def __init__(self, name: str, log: list[str]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.name = name
        self.log = log

    def to(self, device: Any) -> Any:
        self.log.append(f"{self.name} to {torch.device(device).type}")
        return self

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.log.append(f"{self.name} works")
        return x


def test_parts_take_turns() -> None:
    log: list[str] = []
    turns = Turns(torch.device("meta"))
    one, two = Part("one", log), Part("two", log)
    for part in (one, two):
        turns.add(part)
    log.clear()
    x = torch.zeros(1)
    for part in (one, two, two, one):
        assert part(x).device.type == "meta"
    assert log == [
        "one to meta", "one works",
        "one to cpu", "two to meta", "two works",
        "two works",
        "two to cpu", "one to meta", "one works",
    ]  # fmt: skip
    assert one.device == torch.device("meta")
    assert isinstance(one, Part)


def test_where_parts_are_read_to() -> None:
    card = Device(torch.device("meta"), torch.float16, "A card")
    whole = placed_on(card, replace(placement(), precision=Precision.BF16))
    assert whole.dtype == torch.bfloat16
    assert reading_device(card) == reading_device(whole) == torch.device("meta")
    offloaded = placed_on(card, placement(offload=Offload.MODEL))
    assert reading_device(offloaded) == torch.device("cpu")


def test_only_the_denoiser_is_quantised() -> None:
    card = placed_on(CPU, replace(placement(), quantization=Quantization.FP8))
    assert part_options("vae", card) == part_options("unet", CPU) == {}


@pytest.mark.parametrize(
    ("quantization", "package"),
    [
        (Quantization.INT8, "torchao"),
        (Quantization.NF4, "bitsandbytes"),
        (Quantization.GGUF, "gguf"),
    ],
)
def test_a_missing_package_is_named_with_the_line_that_installs_it(
    quantization: Quantization, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EngineError, match=f"pip install {package}"):
        check_installed(quantization)


@pytest.mark.parametrize("quantization", [Quantization.NONE, Quantization.FP8])
def test_some_need_no_package(quantization: Quantization) -> None:
    assert quantization_config(quantization, torch.float32) is None


def test_facts_of_this_machine_and_of_a_folder(tiny_model: Any, tiny_family: Any) -> None:
    device = device_facts(CPU)
    assert device.kind == "cpu"
    assert 0 < device.free_bytes <= device.total_bytes
    facts = model_facts(tiny_model)
    counted = {
        "denoiser": tiny_family.unet,
        "autoencoder": tiny_family.vae,
        "text_encoder": tiny_family.clip.text_encoder,
    }
    for name, module in counted.items():
        assert facts.parts[name] == sum(p.numel() for p in module.parameters())
    assert facts.pixels == 32 * 32
    assert plan(device, facts).fits


def test_facts_of_a_checkpoint(tmp_path: Any, tiny_model: Any) -> None:
    whole = write_safetensors(tmp_path / "flux.safetensors", files.flux())
    facts = model_facts(replace(tiny_model, path=whole))
    clip = facts.parts["text_encoders.clip_l"]
    t5 = facts.parts["text_encoders.t5xxl"]
    assert facts.parts["denoiser"] > t5 > clip > facts.parts["autoencoder"] > 80e6
    assert len(facts.parts) == 4


@pytest.mark.parametrize("is_packed", [False, True])
def test_facts_of_a_network_with_its_parts_in_other_files(
    tmp_path: Any, tiny_model: Any, is_packed: bool
) -> None:
    packed = "gguf Q8_0" if is_packed else "bf16"
    network = tmp_path / ("flux1-dev.gguf" if is_packed else "flux1-dev.safetensors")
    if is_packed:
        files.write_gguf(network, files.flux_transformer())
    else:
        write_safetensors(network, files.flux_transformer())
    parts = {
        "t5xxl_fp16": files.t5_encoder(),
        "clip_l": files.clip_text(),
        "ae": files.ldm_vae(16, quantised=False),
    }
    paths = [write_safetensors(tmp_path / f"{n}.safetensors", s) for n, s in parts.items()]
    info = replace(tiny_model, path=network, parts=tuple(paths), precision=packed, size_bytes=1)
    facts = model_facts(info)
    assert facts.parts["denoiser"] > 11e9
    assert facts.parts["clip_l"] == 123_060_480
    assert facts.parts["t5xxl_fp16"] > 4e9
    assert facts.parts["autoencoder"] == sum(math.prod(shape) for shape in parts["ae"].values())
    assert facts.stored_bytes == (network.stat().st_size if is_packed else 0)


def test_facts_of_a_model_whose_files_tell_nothing(tiny_model: Any, tmp_path: Any) -> None:
    gone = replace(tiny_model, path=tmp_path / "gone.safetensors", parameters=1000)
    assert sum(model_facts(gone).parts.values()) == 1000


@pytest.mark.parametrize("offload", [Offload.NONE, Offload.MODEL, Offload.GROUP])
def test_models_are_loaded_as_their_device_says(
    tiny_model: Any, tiny_family: StableDiffusion, offload: Offload
) -> None:
    family = load(tiny_model, placed_on(CPU, placement(offload=offload, tiles=True)))
    assert isinstance(family, StableDiffusion)
    assert torch.equal(picture(family), picture(tiny_family))
    family.set_frugal(True)
    family.set_frugal(False)
    assert family.vae.use_tiling


def test_a_single_file_says_how_it_cannot_be_quantised() -> None:
    card = placed_on(CPU, placement(quantization=Quantization.INT8))
    with pytest.raises(EngineError, match="is a single file"):
        check_file_placement("A model", card)
    check_file_placement("A model", placed_on(CPU, placement(quantization=Quantization.FP8)))
