"""Model folders are not trusted: what is refused, with which sentence, before anything runs."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel

from studio.catalog.bounded import MAX_JSON_BYTES
from studio.domain.errors import ModelNotFound, ModelRefused
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import pick_device
from studio.engine.families.sd import StableDiffusion
from studio.engine.loading import load

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})


@pytest.fixture
def model(tiny_model: ModelInfo, tmp_path: Path) -> ModelInfo:
    """A copy that a test may damage."""
    return dataclasses.replace(
        tiny_model, path=Path(shutil.copytree(tiny_model.path, tmp_path / "tiny"))
    )


def edit_json(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_what_was_written_is_what_is_loaded(model: ModelInfo, tiny_family: StableDiffusion) -> None:
    family = load(model, CPU)
    assert isinstance(family, StableDiffusion)
    for name in ("unet", "vae", "text_encoder"):
        ours, theirs = getattr(family, name), getattr(tiny_family, name)
        assert not ours.training
        for key, tensor in ours.state_dict().items():
            assert torch.equal(tensor, theirs.state_dict()[key])
    assert family.scheduler_config["beta_schedule"] == "scaled_linear"


@pytest.mark.parametrize(
    ("part", "entry"),
    [
        ("unet", ["os", "system"]),
        ("vae", ["studio.engine.worker", "LocalEngine"]),
        ("text_encoder", ["diffusers", "UNet2DConditionModel"]),
        ("tokenizer", ["transformers", "AutoTokenizer"]),
        ("scheduler", ["evil", "Scheduler"]),
        ("helper", ["evil_module", "Evil"]),
        ("unet", [["diffusers"], {"a": 1}]),
        ("unet", []),
    ],
)
def test_a_class_that_is_not_on_the_list_is_refused_by_name(
    model: ModelInfo, part: str, entry: list[Any]
) -> None:
    edit_json(model.path / "model_index.json", **{part: entry})
    with pytest.raises(ModelRefused, match=f"as its {part}"):
        load(model, CPU)


def test_parts_that_are_never_loaded_may_be_named(model: ModelInfo) -> None:
    edit_json(
        model.path / "model_index.json",
        safety_checker=["stable_diffusion", "StableDiffusionSafetyChecker"],
        feature_extractor=["transformers", "CLIPImageProcessor"],
        requires_safety_checker=True,
    )
    load(model, CPU)


def damaged(path: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / path).write_bytes(content) and None


def truncate(path: str, keep: float) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        data = (folder / path).read_bytes()
        (folder / path).write_bytes(data[: int(len(data) * keep)])

    return damage


UNET = "unet/diffusion_pytorch_model.safetensors"


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda folder: (folder / "model_index.json").unlink(), "model_index.json is missing"),
        (damaged("model_index.json", b"{"), "model_index.json is damaged"),
        (damaged("model_index.json", b"[]"), "holds no JSON object"),
        (damaged("model_index.json", b"[" * 500_000), "model_index.json"),
        (damaged("model_index.json", b" " * (MAX_JSON_BYTES + 1)), "larger than"),
        (damaged("model_index.json", b"{}"), "names no text_encoder"),
        (damaged("scheduler/scheduler_config.json", b"no"), "scheduler_config.json"),
        (damaged("unet/config.json", b"no"), "unet of “Tiny” is damaged"),
        (truncate(UNET, 0.5), "unet of “Tiny” is damaged"),
        (truncate(UNET, 0.0), "unet of “Tiny” is damaged"),
        (damaged(UNET, b"<html>Not found</html>"), "unet of “Tiny” is damaged"),
        (truncate("text_encoder/model.safetensors", 0.9), "text encoder of “Tiny” is damaged"),
        (lambda folder: shutil.rmtree(folder / "tokenizer"), "tokenizer of “Tiny” is damaged"),
        (lambda folder: (folder / UNET).unlink(), "unet has no weights"),
        (
            lambda folder: (folder / UNET).rename(folder / "unet" / "diffusion_pytorch_model.bin"),
            "in a pickle",
        ),
    ],
)
def test_a_damaged_folder_is_refused_with_the_cause(
    model: ModelInfo, damage: Callable[[Path], None], sentence: str
) -> None:
    damage(model.path)
    with pytest.raises(ModelRefused, match=sentence):
        load(model, CPU)


def test_missing_tensors_are_not_made_up(model: ModelInfo) -> None:
    from safetensors.torch import load_file, save_file

    path = model.path / UNET
    tensors = load_file(path)
    tensors.pop(sorted(tensors)[0])
    save_file(tensors, path, {"format": "pt"})
    with pytest.raises(ModelRefused, match="unet of “Tiny” is damaged"):
        load(model, CPU)


def test_half_precision_files_alone_are_enough(
    model: ModelInfo, tiny_family: StableDiffusion
) -> None:
    path = model.path / UNET
    path.rename(path.with_name("diffusion_pytorch_model.fp16.safetensors"))
    family = load(model, CPU)
    assert isinstance(family, StableDiffusion)
    job = Request("a cat", 1, "tiny", 32, 32, num_inference_steps=1)
    *_, ours = denoise(prepare(family, job))
    *_, theirs = denoise(prepare(tiny_family, job))
    assert torch.equal(ours.latents, theirs.latents)


def test_a_folder_that_is_gone_and_a_family_that_is_unknown(model: ModelInfo) -> None:
    with pytest.raises(ModelRefused, match="family “video”"):
        load(dataclasses.replace(model, family="video"), CPU)
    shutil.rmtree(model.path)
    with pytest.raises(ModelNotFound, match="is gone"):
        load(model, CPU)


def test_a_unet_that_sees_a_mask_is_loaded(model: ModelInfo) -> None:
    config = json.loads((model.path / "unet" / "config.json").read_text())
    unet = UNet2DConditionModel.from_config({**config, "in_channels": 9})
    unet.save_pretrained(model.path / "unet")
    assert load(model, CPU).takes_mask


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"in_channels": 7}, "with a mask or a picture"),
        ({"cross_attention_dim": 64}, "different models"),
        ({"class_embed_type": "timestep"}, "more than a prompt"),
    ],
)
def test_a_unet_of_another_kind_is_refused(
    model: ModelInfo, changes: dict[str, Any], sentence: str
) -> None:
    config = json.loads((model.path / "unet" / "config.json").read_text())
    unet = UNet2DConditionModel.from_config({**config, **changes})
    unet.save_pretrained(model.path / "unet")
    with pytest.raises(ModelRefused, match=sentence):
        load(model, CPU)
