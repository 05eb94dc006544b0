"""Models in one file: the same pictures as from the same weights in a diffusers folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.catalog.model_files import read_model_file
from studio.domain.model import ModelInfo, ModelTask
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import pick_device
from studio.engine.loading import load
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
