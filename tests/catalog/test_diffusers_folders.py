"""Folders in diffusers' layout of every family."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from studio.catalog import Catalog
from studio.catalog.pipelines import PIPELINES
from studio.domain.geometry import Size
from studio.domain.model import FAMILY_TITLES, ModelInfo, ModelTask
from studio.domain.schedulers import Scheduler
from tests.support.model_files import write_safetensors

KL = {"latent_channels": 4, "block_out_channels": [128, 256, 512, 512]}
UNET = {"in_channels": 4, "sample_size": 128}


def write(
    folder: Path,
    pipeline: str,
    *,
    drop: tuple[str, ...] = (),
    denoiser: dict[str, Any] | None = None,
    vae: dict[str, Any] | None = None,
    scheduler: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
) -> Path:
    """A folder with all the parts that a pipeline needs, with small weights."""
    needed = PIPELINES[pipeline]
    parts = [part for part in needed.parts if part not in drop]
    index = {part: ["diffusers", "X"] for part in parts} | {part: [None, None] for part in drop}
    for part in parts:
        if part in needed.weighted:
            write_safetensors(folder / part / "model.safetensors", {"w": (4, 8)}, "BF16")
        (folder / part).mkdir(exist_ok=True)
    records = {
        "model_index.json": {"_class_name": pipeline, **index, **(settings or {})},
        f"{needed.denoiser}/config.json": UNET | (denoiser or {}),
        "vae/config.json": KL if vae is None else vae,
        "scheduler/scheduler_config.json": scheduler or {},
    }
    for path, record in records.items():
        (folder / path).write_text(json.dumps(record))
    return folder


def found(folder: Path) -> ModelInfo:
    catalog = Catalog([folder.parent])
    assert catalog.refused() == ()
    return catalog.find(folder.name)


def refused(folder: Path) -> str:
    (refusal,) = Catalog([folder.parent]).refused()
    return refusal.reason


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_every_pipeline_is_a_model_of_its_family(tmp_path: Path, pipeline: str) -> None:
    model = found(write(tmp_path / "model", pipeline))
    needed = PIPELINES[pipeline]
    assert (model.family, model.task) == (needed.family, needed.task)
    assert model.family in FAMILY_TITLES
    assert model.precision == "bf16"
    assert model.parameters == 32 * len(needed.weighted)
    assert model.size_bytes > 64 * len(needed.weighted)
    for size in model.sizes:
        assert (size.width % model.size_multiple_px, size.height % model.size_multiple_px) == (0, 0)


@pytest.mark.parametrize(("is_distilled", "steps", "guidance"), [(True, 4, 1.0), (False, 28, 4.0)])
def test_the_base_of_klein_takes_its_time(
    tmp_path: Path, is_distilled: bool, steps: int, guidance: float
) -> None:
    settings = {"is_distilled": is_distilled}
    model = found(write(tmp_path / "klein", "Flux2KleinPipeline", settings=settings))
    assert (model.default_steps, model.default_guidance_scale) == (steps, guidance)


@pytest.mark.parametrize(
    ("pipeline", "name", "denoiser", "steps", "guidance", "scheduler", "size"),
    [
        ("StableDiffusionXLPipeline", "xl", {}, 30, 6.0, Scheduler.DPMPP_2M_KARRAS, 1024),
        (
            "StableDiffusionXLPipeline",
            "sdxl-turbo",
            {"sample_size": 64},
            4,
            1.0,
            Scheduler.EULER_A,
            512,
        ),
        (
            "StableDiffusionXLPipeline",
            "sdxl-lightning-8step",
            {},
            8,
            1.0,
            Scheduler.EULER,
            1024,
        ),
        ("StableDiffusionPipeline", "lcm-dreamshaper", {"sample_size": 64}, 6, 1.0, "LCM", 512),
        ("StableDiffusion3Pipeline", "sd3.5-medium", {}, 28, 5.0, Scheduler.EULER, 1024),
        ("StableDiffusion3Pipeline", "sd3.5-large-turbo", {}, 4, 1.0, Scheduler.EULER, 1024),
        ("FluxPipeline", "dev", {"guidance_embeds": True}, 28, 3.5, Scheduler.EULER, 1024),
        ("FluxPipeline", "schnell", {"guidance_embeds": False}, 4, 0.0, Scheduler.EULER, 1024),
        ("FluxFillPipeline", "fill", {}, 30, 30.0, Scheduler.EULER, 1024),
        ("FluxKontextPipeline", "kontext", {}, 28, 2.5, Scheduler.EULER, 1024),
        ("Flux2KleinPipeline", "klein", {}, 4, 1.0, Scheduler.EULER, 1024),
        ("ZImagePipeline", "Z-Image-Turbo", {}, 9, 0.0, Scheduler.EULER, 1024),
        ("ZImagePipeline", "Z-Image", {}, 28, 4.0, Scheduler.EULER, 1024),
        ("QwenImagePipeline", "Qwen-Image", {}, 30, 4.0, Scheduler.EULER, 1328),
    ],
)
def test_where_models_draw_best(
    tmp_path: Path,
    pipeline: str,
    name: str,
    denoiser: dict[str, Any],
    steps: int,
    guidance: float,
    scheduler: str,
    size: int,
) -> None:
    model = found(write(tmp_path / name, pipeline, denoiser=denoiser))
    assert (model.default_steps, model.default_guidance_scale) == (steps, guidance)
    assert model.default_scheduler == scheduler
    assert model.native_size == Size(size, size)


def test_a_refiner_has_no_first_text_encoder(tmp_path: Path) -> None:
    pipeline = "StableDiffusionXLImg2ImgPipeline"
    refiner = write(tmp_path / "refiner", pipeline, drop=("text_encoder", "tokenizer"))
    assert found(refiner).task is ModelTask.REFINER


def test_stable_diffusion_2_and_what_it_predicts(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "v2-1",
        "StableDiffusionPipeline",
        denoiser={"cross_attention_dim": 1024, "sample_size": 96},
        scheduler={"prediction_type": "v_prediction"},
    )
    model = found(folder)
    assert (model.family, model.prediction_type) == ("sd2", "v_prediction")
    assert model.native_size == Size(768, 768)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({}, "epsilon"),
        ({"prediction_type": "sample"}, "sample"),
        ({"prediction_type": 7}, "epsilon"),
    ],
)
def test_what_the_scheduler_expects(tmp_path: Path, record: dict[str, Any], said: str) -> None:
    model = found(write(tmp_path / "m", "StableDiffusionPipeline", scheduler=record))
    assert model.prediction_type == said


def test_qwen_images_vae_says_its_halvings_otherwise(tmp_path: Path) -> None:
    vae = {"z_dim": 16, "temperal_downsample": [False, True, True]}
    assert found(write(tmp_path / "q", "QwenImagePipeline", vae=vae)).size_multiple_px == 16


@pytest.mark.parametrize(
    ("pipeline", "part"),
    [
        ("FluxPipeline", "text_encoder_2"),
        ("FluxPipeline", "transformer"),
        ("QwenImageEditPipeline", "processor"),
        ("StableDiffusionXLPipeline", "tokenizer_2"),
    ],
)
def test_a_missing_part_is_named(tmp_path: Path, pipeline: str, part: str) -> None:
    folder = write(tmp_path / "m", pipeline, denoiser={"guidance_embeds": True})
    index = json.loads((folder / "model_index.json").read_text())
    del index[part]
    (folder / "model_index.json").write_text(json.dumps(index))
    assert f"names no {part}" in refused(folder)


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "m", "FluxPipeline")
    shard = "diffusion_pytorch_model-00002-of-00002.safetensors"
    index = folder / "transformer/diffusion_pytorch_model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": shard, "b": 7, "w": "model.safetensors"}}))
    assert f"its transformer lacks {shard}" in refused(folder)
    write_safetensors(folder / "transformer" / shard, {"a": (2,)})
    assert found(folder).family == "flux"


def test_of_two_precisions_the_one_without_a_name_counts(tmp_path: Path) -> None:
    folder = write(tmp_path / "m", "StableDiffusionPipeline")
    unet = folder / "unet"
    write_safetensors(unet / "model.fp16.safetensors", {"w": (4, 8)}, "F16")
    assert found(folder).precision == "bf16"
    (unet / "model.safetensors").unlink()
    assert found(folder).precision == "fp16"


def test_a_third_text_encoder_counts_where_there_is_one(tmp_path: Path) -> None:
    folder = write(tmp_path / "m", "StableDiffusion3Pipeline")
    index = json.loads((folder / "model_index.json").read_text())
    index["text_encoder_3"] = ["transformers", "T5EncoderModel"]
    (folder / "model_index.json").write_text(json.dumps(index))
    assert "text encoder 3 has no weights" in refused(folder)
