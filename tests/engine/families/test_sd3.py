"""Stable Diffusion 3: the same bits as the bare diffusers pipelines, whatever the task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import diffusers
import pytest
import torch

from studio.domain.adapters import SkipLayers
from studio.domain.errors import ModelRefused, RequestError
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.denoise import prepare
from studio.engine.devices import pick_device
from studio.engine.families import sd3
from studio.engine.families.sd3 import StableDiffusion3
from studio.engine.loading import load
from tests.support.flow_oracles import (
    FLOW,
    START,
    diffusers_scheduler,
    flow_request,
    from_pipeline,
    goes_on_alike,
    init_pixels,
    mask_picture,
    ours,
    start_picture,
)
from tests.support.tiny_flow_models import FLOW_CONFIG, SHIFTED_CONFIG, write_tiny_sd3
from tests.support.tiny_models import TOKENS

Write = Callable[..., StableDiffusion3]


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Write:
    def written(name: str, **options: Any) -> StableDiffusion3:
        folder = tmp_path_factory.mktemp("sd3") / name
        family = load(write_tiny_sd3(folder, **options), pick_device({"PENTIMENTO_DEVICE": "cpu"}))
        assert isinstance(family, StableDiffusion3)
        return family

    return written


@pytest.fixture(scope="module")
def medium(write: Write) -> StableDiffusion3:
    return write("medium")


def parts_of(family: StableDiffusion3) -> dict[str, Any]:
    return {
        "transformer": family.transformer,
        "vae": family.vae,
        "text_encoder": family.clip.text_encoder,
        "tokenizer": family.clip.tokenizer,
        "text_encoder_2": family.clip_2.text_encoder,
        "tokenizer_2": family.clip_2.tokenizer,
        "text_encoder_3": family.t5 and family.t5.text_encoder,
        "tokenizer_3": family.t5 and family.t5.tokenizer,
    }


def theirs(
    family: StableDiffusion3,
    request: Request,
    pipeline_class: Any,
    *,
    config: Any = FLOW_CONFIG,
    **more: Any,
) -> torch.Tensor:
    """The finished latents of the bare pipeline."""
    scheduler = diffusers_scheduler(request.scheduler, config, request)
    options = {
        "negative_prompt": request.negative_prompt,
        "guidance_scale": request.guidance_scale,
        "clip_skip": request.clip_skip or None,
        "max_sequence_length": TOKENS,
        **more,
    }
    latents: torch.Tensor = from_pipeline(
        pipeline_class, parts_of(family), scheduler, request, **options
    )
    return latents


@pytest.mark.parametrize("name", FLOW)
def test_text_to_image_gives_the_pipelines_bits(medium: StableDiffusion3, name: Scheduler) -> None:
    request = flow_request(scheduler=name, num_images_per_prompt=2)
    bare = theirs(medium, request, diffusers.StableDiffusion3Pipeline)
    assert torch.equal(ours(medium, request), bare)


@pytest.mark.parametrize("name", [Scheduler.EULER, Scheduler.UNIPC])
def test_shifted_by_the_pictures_size(write: Write, name: Scheduler) -> None:
    family = write(f"shifted {name}", config=SHIFTED_CONFIG)
    request = flow_request(scheduler=name)
    bare = theirs(family, request, diffusers.StableDiffusion3Pipeline, config=SHIFTED_CONFIG)
    assert torch.equal(ours(family, request), bare)


@pytest.mark.parametrize("guidance_scale", [3.5, 1.0])
def test_skipped_layers_give_the_pipelines_bits(
    medium: StableDiffusion3, guidance_scale: float
) -> None:
    skip = SkipLayers(4.0, (1,), 0.2, 0.8)
    request = flow_request(skip_layers=skip, guidance_scale=guidance_scale, num_images_per_prompt=2)
    bare = theirs(
        medium,
        request,
        diffusers.StableDiffusion3Pipeline,
        skip_guidance_layers=[1],
        skip_layer_guidance_scale=4.0,
        skip_layer_guidance_start=0.2,
        skip_layer_guidance_stop=0.8,
    )
    assert torch.equal(ours(medium, request), bare)
    same = torch.equal(bare, ours(medium, replace(request, skip_layers=None)))
    assert same == (guidance_scale == 1.0)


@pytest.mark.parametrize("changes", [{"guidance_scale": 1.0}, {"clip_skip": 1}, {"seed": 8}])
def test_what_the_artist_sets_counts(medium: StableDiffusion3, changes: dict[str, Any]) -> None:
    request = flow_request(**changes)
    bare = theirs(medium, request, diffusers.StableDiffusion3Pipeline)
    assert torch.equal(ours(medium, request), bare)
    assert not torch.equal(bare, ours(medium, flow_request()))


@pytest.mark.parametrize("name", [Scheduler.EULER, Scheduler.HEUN, Scheduler.LCM])
def test_image_to_image_gives_the_pipelines_bits(medium: StableDiffusion3, name: Scheduler) -> None:
    request = flow_request(scheduler=name, init_image=START)
    bare = theirs(
        medium,
        request,
        diffusers.StableDiffusion3Img2ImgPipeline,
        image=start_picture(),
        strength=0.5,
    )
    assert torch.equal(ours(medium, request), bare)


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_inpainting_gives_the_pipelines_bits(medium: StableDiffusion3, strength: float) -> None:
    request = flow_request(init_image=START, strength=strength)
    bare = theirs(
        medium,
        request,
        diffusers.StableDiffusion3InpaintPipeline,
        image=start_picture(),
        mask_image=mask_picture(),
        strength=strength,
    )
    assert torch.equal(ours(medium, request, masked=True), bare)


@pytest.mark.parametrize("name", FLOW)
def test_every_step_is_one_to_go_on_from(medium: StableDiffusion3, name: Scheduler) -> None:
    assert goes_on_alike(medium, flow_request(scheduler=name))


def test_without_t5_its_part_of_the_prompt_is_empty(write: Write) -> None:
    family = write("without t5", t5=False)
    assert family.t5 is None
    request = flow_request()
    bare = theirs(family, request, diffusers.StableDiffusion3Pipeline, max_sequence_length=256)
    assert torch.equal(ours(family, request), bare)


def test_it_cant_edit_and_says_so(medium: StableDiffusion3) -> None:
    with pytest.raises(RequestError, match="can't change a picture as the prompt says"):
        prepare(medium, flow_request(init_image=START, edit=True), init_pixels())


def test_parts_that_dont_fit_are_refused(medium: StableDiffusion3) -> None:
    parts = {**parts_of(medium), "scheduler_config": FLOW_CONFIG}
    with pytest.raises(ModelRefused, match="more than latents"):
        sd3.RECIPE.make(**{**parts, "vae": diffusers.AutoencoderKL(latent_channels=8)})
    with pytest.raises(ModelRefused, match="its text encoders"):
        config = type(parts["text_encoder"].config)(projection_dim=16, num_hidden_layers=1)
        sd3.RECIPE.make(**{**parts, "text_encoder": type(parts["text_encoder"])(config)})
    with pytest.raises(ModelRefused, match="third text encoder"):
        t5 = type(parts["text_encoder_3"])
        config = type(parts["text_encoder_3"].config)(d_model=16, num_layers=1)
        sd3.RECIPE.make(**{**parts, "text_encoder_3": t5(config)})
