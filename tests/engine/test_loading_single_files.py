"""Models in one file: the same pictures as from the same weights in a diffusers folder."""

from __future__ import annotations

import dataclasses
import hashlib
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.catalog.model_files import read_model_file
from studio.domain.errors import ModelNotFound, ModelRefused
from studio.domain.model import ModelInfo, ModelTask
from studio.domain.request import Request
from studio.domain.resources import RESOURCES
from studio.domain.schedulers import Scheduler
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import pick_device
from studio.engine.loading import load, scheduler_config
from studio.engine.loading.clip_words import clip_tokenizer
from tests.support.ldm_files import write_single_file
from tests.support.tiny_models import write_tiny_sd, write_tiny_sdxl

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})


def written_sd(folder: Path, family: str, task: ModelTask) -> ModelInfo:
    return write_tiny_sd(folder, family, task, all_words=True)


def written_sdxl(folder: Path, task: ModelTask) -> ModelInfo:
    return write_tiny_sdxl(folder, task, all_words=True, timestep_spacing="leading")


KINDS: dict[str, Callable[[Path], ModelInfo]] = {
    "sd": lambda folder: written_sd(folder, "sd", ModelTask.TEXT),
    "sd-inpaint": lambda folder: written_sd(folder, "sd", ModelTask.INPAINT),
    "sd-edit": lambda folder: written_sd(folder, "sd", ModelTask.EDIT),
    "sd2": lambda folder: written_sd(folder, "sd2", ModelTask.TEXT),
    "sdxl": lambda folder: written_sdxl(folder, ModelTask.TEXT),
    "sdxl-inpaint": lambda folder: written_sdxl(folder, ModelTask.INPAINT),
    "sdxl-refiner": lambda folder: written_sdxl(folder, ModelTask.REFINER),
}


def as_file(info: ModelInfo, path: Path) -> ModelInfo:
    return dataclasses.replace(info, path=path, prediction_type="epsilon", default_steps=20)


@pytest.fixture(scope="module")
def sd(tmp_path_factory: pytest.TempPathFactory) -> ModelInfo:
    folder = tmp_path_factory.mktemp("single") / "sd"
    info = KINDS["sd"](folder)
    return as_file(info, write_single_file(folder, folder.with_suffix(".safetensors")))


@pytest.fixture
def damaged(sd: ModelInfo, tmp_path: Path) -> Callable[[dict[str, Any]], ModelInfo]:
    """The file with some of its tensors changed, or left out."""

    def write(changes: dict[str, Any]) -> ModelInfo:
        tensors = {**load_file(sd.path), **changes}
        path = tmp_path / "damaged.safetensors"
        save_file({n: t for n, t in tensors.items() if t is not None}, path)
        return dataclasses.replace(sd, path=path)

    return write


def drawn(info: ModelInfo, **changes: Any) -> torch.Tensor:
    family = load(info, CPU)
    request = Request(
        "a cat, oil on canvas",
        seed=3,
        model=info.name,
        width=32,
        height=24,
        negative_prompt="rain",
        num_inference_steps=2,
        scheduler=Scheduler.EULER,
        **changes,
    )
    *_, last = denoise(prepare(family, request))
    return family.decode(last.latents)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_bits_as_from_a_folder(tmp_path: Path, kind: str) -> None:
    info = KINDS[kind](tmp_path / "model")
    path = write_single_file(info.path, tmp_path / "model.safetensors")
    assert torch.equal(drawn(as_file(info, path)), drawn(info))


@pytest.mark.parametrize("kind", ["sd", "sd2", "sdxl", "sdxl-refiner"])
def test_what_the_catalog_says_of_the_file_is_enough(tmp_path: Path, kind: str) -> None:
    info = KINDS[kind](tmp_path / "model")
    path = write_single_file(info.path, tmp_path / f"{kind}-512-base.safetensors", torch.float16)
    read = read_model_file(path, "found")
    assert isinstance(read, ModelInfo)
    assert read.family == info.family
    assert torch.isfinite(drawn(read)).all()


@pytest.mark.parametrize("keep", [0.0, 0.0001, 0.001, 0.02, 0.5, 0.999])
def test_a_file_that_was_cut_off_is_refused_with_the_cause(
    sd: ModelInfo, tmp_path: Path, keep: float
) -> None:
    content = sd.path.read_bytes()
    path = tmp_path / "cut.safetensors"
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(ModelRefused, match=r"ends too early|is empty"):
        load(dataclasses.replace(sd, path=path), CPU)


BIAS = "model.diffusion_model.out.2.bias"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({BIAS: torch.full((4,), float("nan"))}, "unet of “Sd” is damaged: some of its weights"),
        ({BIAS: torch.full((4,), float("inf"))}, "aren't numbers"),
        ({BIAS: None}, "unet of “Sd” is damaged"),
        ({BIAS: torch.zeros(5)}, "unet of “Sd” is damaged"),
        ({"model.diffusion_model.input_blocks.0.0.weight": None}, "“Sd” has no unet"),
        ({"first_stage_model.decoder.conv_in.weight": None}, "“Sd” has no vae"),
        (
            {"cond_stage_model.transformer.text_model.embeddings.token_embedding.weight": None},
            "has no text encoder",
        ),
        (
            {
                "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight": (
                    torch.zeros(500, 32)
                )
            },
            "reads 500 words",
        ),
    ],
)
def test_damage_is_named(
    damaged: Callable[[dict[str, Any]], ModelInfo], changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ModelRefused, match=sentence):
        load(damaged(changes), CPU)


@pytest.mark.parametrize("family", ["sd2", "sdxl"])
def test_a_file_of_another_family_is_refused(sd: ModelInfo, family: str) -> None:
    with pytest.raises(ModelRefused, match="has no text encoder"):
        load(dataclasses.replace(sd, family=family), CPU)


def test_a_family_without_single_files_says_so(sd: ModelInfo) -> None:
    with pytest.raises(ModelRefused, match="a model of another from one file yet"):
        scheduler_config(dataclasses.replace(sd, family="another"))


def test_a_file_that_is_gone(sd: ModelInfo, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match="file of “Sd” is gone"):
        load(dataclasses.replace(sd, path=tmp_path / "gone.safetensors"), CPU)


def test_parts_that_it_lacks_come_from_other_files(
    sd: ModelInfo, damaged: Callable[[dict[str, Any]], ModelInfo], tmp_path: Path
) -> None:
    tensors = load_file(sd.path)
    vae = {name: None for name in tensors if name.startswith("first_stage_model.")}
    other = tmp_path / "vae.safetensors"
    save_file({name.partition(".")[2]: tensors[name] for name in vae}, other)
    alone = load(sd, CPU)
    put_together = load(dataclasses.replace(damaged(vae), parts=(other,)), CPU)
    latents = torch.randn(1, 4, 4, 4)
    assert torch.equal(put_together.decode(latents), alone.decode(latents))


def test_the_text_encoders_older_names_are_known(
    sd: ModelInfo, damaged: Callable[[dict[str, Any]], ModelInfo]
) -> None:
    newer = {n: t for n, t in load_file(sd.path).items() if ".text_model." in n}
    older = {name.replace(".text_model.", "."): tensor for name, tensor in newer.items()}
    family: Any = load(damaged({**dict.fromkeys(newer), **older}), CPU)
    theirs: Any = load(sd, CPU)
    assert torch.equal(family.clip.embed("a cat"), theirs.clip.embed("a cat"))


def test_scaled_fp8_weights_are_what_they_stand_for(
    sd: ModelInfo, damaged: Callable[[dict[str, Any]], ModelInfo]
) -> None:
    name = "model.diffusion_model.time_embed.0"
    weight = load_file(sd.path)[f"{name}.weight"]
    scale = weight.abs().max() / 448
    changes = {
        f"{name}.weight": (weight / scale).to(torch.float8_e4m3fn),
        f"{name}.scale_weight": scale[None],
    }
    family: Any = load(damaged(changes), CPU)
    ours = family.unet.time_embedding.linear_1.weight
    assert ours.dtype == torch.float32
    assert torch.equal(ours, changes[f"{name}.weight"].float() * scale)
    assert torch.allclose(ours, weight, rtol=0.07, atol=float(scale))


def test_what_it_predicts_and_how_its_steps_are_spaced(
    sd: ModelInfo, damaged: Callable[[dict[str, Any]], ModelInfo]
) -> None:
    plain = scheduler_config(sd)
    assert plain["prediction_type"] == "epsilon"
    assert "timestep_spacing" not in plain
    few = scheduler_config(dataclasses.replace(sd, default_steps=4))
    assert few["timestep_spacing"] == "trailing"
    marked = damaged({"v_pred": torch.empty(0), "ztsnr": torch.empty(0)})
    config = scheduler_config(dataclasses.replace(marked, prediction_type=""))
    assert config["prediction_type"] == "v_prediction"
    assert config["rescale_betas_zero_snr"]
    assert config["timestep_spacing"] == "trailing"
    assert scheduler_config(marked)["prediction_type"] == "epsilon"


def test_the_two_kinds_of_stable_diffusion_2_are_told_apart_by_a_spread(
    sd: ModelInfo, damaged: Callable[[dict[str, Any]], ModelInfo]
) -> None:
    name = "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias"
    for spread, prediction_type in ((0.01, "epsilon"), (0.2, "v_prediction")):
        info = damaged({name: torch.tensor([-spread, spread])})
        info = dataclasses.replace(info, family="sd2", prediction_type="")
        assert scheduler_config(info)["prediction_type"] == prediction_type


def test_clips_words_are_the_published_ones() -> None:
    card = (RESOURCES / "tokenizers" / "CARD.md").read_text(encoding="utf-8")
    merges = (RESOURCES / "tokenizers" / "clip" / "merges.txt.xz").read_bytes()
    assert hashlib.sha256(lzma.decompress(merges)).hexdigest() in card
    tokenizer = clip_tokenizer()
    ids = [49406, 320, 1125, 539, 320, 2368, 49407]
    assert tokenizer("a photo of a cat").input_ids == ids
    padded = clip_tokenizer("!")("a photo of a cat", padding="max_length").input_ids
    assert padded == [*ids, *[0] * 70]


def test_a_vocabulary_of_its_own_needs_its_folder(tmp_path: Path) -> None:
    """The tiny models of other tests read fewer words."""
    folder = write_tiny_sd(tmp_path / "few").path
    info = as_file(write_tiny_sd(tmp_path / "again"), tmp_path / "few.safetensors")
    write_single_file(folder, info.path)
    with pytest.raises(ModelRefused, match="516 words"):
        load(info, CPU)
