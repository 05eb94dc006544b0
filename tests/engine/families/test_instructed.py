"""Models that change a picture as the prompt says: the same bits as diffusers' pipelines."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from studio.domain.errors import RequestError
from studio.domain.model import ModelTask
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import pick_device
from studio.engine.loading import load
from tests.engine.test_denoise import DIFFUSERS, START, request_for, start_pixels
from tests.support.tiny_models import write_tiny_sd, write_tiny_sdxl

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})
FAMILIES = ["sd", "sdxl"]


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("instructed")
    return {
        "sd": load(write_tiny_sd(folder / "sd", task=ModelTask.EDIT), CPU),
        "sdxl": load(write_tiny_sdxl(folder / "sdxl", ModelTask.EDIT), CPU),
        "plain": load(write_tiny_sd(folder / "plain"), CPU),
    }


def ours(family: Any, request: Request) -> torch.Tensor:
    pixels = torch.from_numpy(start_pixels().transpose(2, 0, 1)[None] / np.float32(255))
    init = None if request.init_image is None else pixels
    *_, last = denoise(prepare(family, request, init))
    return last.latents


def theirs(name: str, family: Any, request: Request) -> torch.Tensor:
    class_name, options = DIFFUSERS[request.scheduler]
    config = {**family.scheduler_config, "clip_sample": False, "steps_offset": 1}
    scheduler = getattr(diffusers, class_name).from_config(config, **options)
    parts = {"unet": family.unet, "vae": family.vae, "scheduler": scheduler}
    if name == "sd":
        pipeline: Any = diffusers.StableDiffusionInstructPix2PixPipeline(
            **parts,
            text_encoder=family.text_encoder,
            tokenizer=family.tokenizer,
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
    else:
        pipeline = diffusers.StableDiffusionXLInstructPix2PixPipeline(
            **parts,
            text_encoder=family.clip.text_encoder,
            tokenizer=family.clip.tokenizer,
            text_encoder_2=family.clip_2.text_encoder,
            tokenizer_2=family.clip_2.tokenizer,
            add_watermarker=False,
        )
    pipeline.set_progress_bar_config(disable=True)
    count = request.num_images_per_prompt
    size = {} if name == "sd" else {"width": request.width, "height": request.height}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        latents = pipeline(
            request.prompt,
            image=Image.fromarray(start_pixels()),
            negative_prompt=request.negative_prompt,
            num_inference_steps=request.num_inference_steps,
            guidance_scale=request.guidance_scale,
            image_guidance_scale=request.image_guidance_scale,
            num_images_per_prompt=count,
            generator=[torch.Generator().manual_seed(request.seed + i) for i in range(count)],
            output_type="latent",
            **size,
        ).images
    assert isinstance(latents, torch.Tensor)
    return latents


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("scheduler", [Scheduler.EULER, Scheduler.EULER_A, Scheduler.DPMPP_2M])
def test_the_same_bits_as_the_bare_pipeline(
    families: dict[str, Any], name: str, scheduler: Scheduler
) -> None:
    request = request_for(
        scheduler, init_image=START, edit=True, num_images_per_prompt=2, num_inference_steps=3
    )
    assert torch.equal(ours(families[name], request), theirs(name, families[name], request))


@pytest.mark.parametrize("name", FAMILIES)
def test_the_same_bits_without_guidance(families: dict[str, Any], name: str) -> None:
    request = request_for(
        Scheduler.EULER, init_image=START, edit=True, guidance_scale=1.0, num_inference_steps=3
    )
    assert torch.equal(ours(families[name], request), theirs(name, families[name], request))


@pytest.mark.parametrize("name", FAMILIES)
def test_guidance_by_the_picture_is_the_artists(families: dict[str, Any], name: str) -> None:
    usual = request_for(Scheduler.EULER, init_image=START, edit=True, num_inference_steps=2)
    more = replace(usual, image_guidance_scale=4.0)
    drawn = ours(families[name], usual)
    assert torch.equal(ours(families[name], more), theirs(name, families[name], more))
    assert not torch.equal(ours(families[name], more), drawn)
    assert torch.equal(ours(families[name], usual), drawn)


@pytest.mark.parametrize("name", FAMILIES)
def test_without_a_picture_it_still_draws(families: dict[str, Any], name: str) -> None:
    request = request_for(Scheduler.EULER, num_images_per_prompt=2, num_inference_steps=2)
    assert torch.isfinite(ours(families[name], request)).all()


def test_a_plain_model_edits_nothing(families: dict[str, Any]) -> None:
    request = request_for(Scheduler.EULER, init_image=START, edit=True)
    with pytest.raises(RequestError, match="can't change a picture"):
        ours(families["plain"], request)
