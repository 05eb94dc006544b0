"""Z-Image: the same bits as the bare diffusers pipelines."""

from __future__ import annotations

from typing import Any

import diffusers
import pytest
import torch

from studio.domain.errors import ModelRefused
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.devices import pick_device
from studio.engine.families import z_image
from studio.engine.families.z_image import ZImage
from studio.engine.loading import load
from tests.support.flow_oracles import (
    START,
    diffusers_scheduler,
    flow_request,
    from_pipeline,
    goes_on_alike,
    ours,
    reader_parts,
    start_picture,
)
from tests.support.tiny_chat_models import write_tiny_z_image
from tests.support.tiny_flow_models import SHIFTED_CONFIG


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> ZImage:
    info = write_tiny_z_image(tmp_path_factory.mktemp("models") / "z")
    loaded = load(info, pick_device({"PENTIMENTO_DEVICE": "cpu"}))
    assert isinstance(loaded, ZImage)
    return loaded


def theirs(
    family: ZImage, request: Request, pipeline_class: Any = diffusers.ZImagePipeline, **more: Any
) -> torch.Tensor:
    scheduler = diffusers_scheduler(request.scheduler, SHIFTED_CONFIG, request)
    latents: torch.Tensor = from_pipeline(
        pipeline_class,
        reader_parts(family),
        scheduler,
        request,
        negative_prompt=request.negative_prompt,
        guidance_scale=request.guidance_scale,
        **more,
    )
    return latents


@pytest.mark.parametrize("guidance_scale", [0.0, 1.0, 4.0])
def test_text_to_image_gives_the_pipelines_bits(family: ZImage, guidance_scale: float) -> None:
    request = flow_request(guidance_scale=guidance_scale, num_images_per_prompt=2)
    assert torch.equal(ours(family, request), theirs(family, request))


@pytest.mark.parametrize("name", [Scheduler.DPMPP_2M, Scheduler.UNIPC])
def test_other_schedulers_draw_too(family: ZImage, name: Scheduler) -> None:
    # The bare pipeline can't: it gives its steps as a list where these want an array.
    request = flow_request(scheduler=name)
    assert torch.isfinite(ours(family, request)).all()
    assert goes_on_alike(family, request)


def test_image_to_image_gives_the_pipelines_bits(family: ZImage) -> None:
    request = flow_request(init_image=START)
    bare = theirs(
        family,
        request,
        diffusers.ZImageImg2ImgPipeline,
        image=start_picture(),
        strength=request.strength,
    )
    assert torch.equal(ours(family, request), bare)


def test_another_prompt_of_another_length_is_read_anew(family: ZImage) -> None:
    for prompt in ("a cat", "a cat in the snow", "a cat"):
        request = flow_request(prompt=prompt, guidance_scale=0.0)
        assert torch.equal(ours(family, request), theirs(family, request))


def test_resumed_from_every_step_it_ends_in_the_same_bits(family: ZImage) -> None:
    assert goes_on_alike(family, flow_request())
    assert goes_on_alike(family, flow_request(init_image=START), masked=True)


def test_parts_of_different_models_are_refused(family: ZImage) -> None:
    parts = {**reader_parts(family), "scheduler_config": {}}
    other = diffusers.ZImageTransformer2DModel.from_config(
        {**family.transformer.config, "cap_feat_dim": 64}
    )
    with pytest.raises(ModelRefused, match="text encoder are of different models"):
        z_image.RECIPE.make(**{**parts, "transformer": other})
    with pytest.raises(ModelRefused, match="autoencoder are of different models"):
        vae = diffusers.AutoencoderKL(latent_channels=8)
        z_image.RECIPE.make(**{**parts, "vae": vae})
