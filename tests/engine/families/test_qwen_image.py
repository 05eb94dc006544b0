"""Qwen-Image: the same bits as the bare diffusers pipelines."""

from __future__ import annotations

from typing import Any

import diffusers
import pytest
import torch

from studio.domain.errors import ModelRefused
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.devices import pick_device
from studio.engine.families.patches import unpack
from studio.engine.families.qwen_image import QwenImage
from studio.engine.families.qwen_image_edit import RECIPE
from studio.engine.loading import load
from tests.support.flow_oracles import (
    HEIGHT,
    START,
    WIDTH,
    diffusers_scheduler,
    flow_request,
    goes_on_alike,
    ours,
    start_picture,
)
from tests.support.tiny_chat_models import write_tiny_qwen_image
from tests.support.tiny_flow_models import SHIFTED_CONFIG


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> QwenImage:
    info = write_tiny_qwen_image(tmp_path_factory.mktemp("models") / "qwen")
    loaded = load(info, pick_device({"PENTIMENTO_DEVICE": "cpu"}))
    assert isinstance(loaded, QwenImage)
    return loaded


def theirs(
    family: QwenImage,
    request: Request,
    pipeline_class: Any = diffusers.QwenImagePipeline,
    **more: Any,
) -> torch.Tensor:
    scheduler = diffusers_scheduler(request.scheduler, SHIFTED_CONFIG, request)
    pipeline = pipeline_class(
        scheduler=scheduler,
        vae=family.vae,
        text_encoder=family.reader.text_encoder,
        tokenizer=family.reader.tokenizer,
        transformer=family.transformer,
    )
    pipeline.set_progress_bar_config(disable=True)
    options: dict[str, Any] = {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "height": HEIGHT,
        "width": WIDTH,
        "num_inference_steps": request.num_inference_steps,
        "true_cfg_scale": request.guidance_scale,
        "num_images_per_prompt": request.num_images_per_prompt,
        "generator": scheduler.drawn,
        "output_type": "latent",
    }
    return unpack(pipeline(**{**options, **more}).images, HEIGHT // 8, WIDTH // 8)


@pytest.mark.parametrize("guidance_scale", [1.0, 4.0])
def test_text_to_image_gives_the_pipelines_bits(family: QwenImage, guidance_scale: float) -> None:
    request = flow_request(guidance_scale=guidance_scale, num_images_per_prompt=2)
    assert torch.equal(ours(family, request), theirs(family, request))


@pytest.mark.parametrize("name", [Scheduler.DPMPP_2M, Scheduler.UNIPC])
def test_other_schedulers_draw_too(family: QwenImage, name: Scheduler) -> None:
    # The bare pipeline can't: it gives its steps as a list where these want an array.
    request = flow_request(scheduler=name)
    assert torch.isfinite(ours(family, request)).all()
    assert goes_on_alike(family, request)


def test_image_to_image_gives_the_pipelines_bits(family: QwenImage) -> None:
    request = flow_request(init_image=START)
    bare = theirs(
        family,
        request,
        diffusers.QwenImageImg2ImgPipeline,
        image=start_picture(),
        strength=request.strength,
    )
    assert torch.equal(ours(family, request), bare)


def test_another_prompt_of_another_length_is_read_anew(family: QwenImage) -> None:
    for prompt in ("a cat", "a cat in the snow", "a cat"):
        request = flow_request(prompt=prompt, guidance_scale=1.0)
        assert torch.equal(ours(family, request), theirs(family, request))


def test_resumed_from_every_step_it_ends_in_the_same_bits(family: QwenImage) -> None:
    assert goes_on_alike(family, flow_request())
    assert goes_on_alike(family, flow_request(init_image=START), masked=True)


def test_parts_of_different_models_are_refused(family: QwenImage) -> None:
    parts = {
        "transformer": family.transformer,
        "vae": family.vae,
        "text_encoder": family.reader.text_encoder,
        "tokenizer": family.reader.tokenizer,
        "processor": None,
        "_class_name": "QwenImagePipeline",
        "scheduler_config": {},
    }
    other = diffusers.QwenImageTransformer2DModel.from_config(
        {**family.transformer.config, "joint_attention_dim": 64}
    )
    with pytest.raises(ModelRefused, match="text encoder are of different models"):
        RECIPE.make(**{**parts, "transformer": other})
    with pytest.raises(ModelRefused, match="autoencoder are of different models"):
        vae = diffusers.AutoencoderKLQwenImage(base_dim=8, z_dim=8, num_res_blocks=1)
        RECIPE.make(**{**parts, "vae": vae})


def test_decoded_pictures_are_the_pipelines(family: QwenImage) -> None:
    request = flow_request()
    latents = ours(family, request)
    pictures = theirs_decoded(family, request)
    assert torch.equal(family.decode(latents).clamp(-1, 1), pictures)


def theirs_decoded(family: QwenImage, request: Request) -> torch.Tensor:
    scheduler = diffusers_scheduler(request.scheduler, SHIFTED_CONFIG, request)
    pipeline = diffusers.QwenImagePipeline(
        scheduler=scheduler,
        vae=family.vae,
        text_encoder=family.reader.text_encoder,
        tokenizer=family.reader.tokenizer,
        transformer=family.transformer,
    )
    pipeline.set_progress_bar_config(disable=True)
    pipeline.image_processor.config.do_normalize = False
    pictures: torch.Tensor = pipeline(
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        height=HEIGHT,
        width=WIDTH,
        num_inference_steps=request.num_inference_steps,
        true_cfg_scale=request.guidance_scale,
        generator=scheduler.drawn,
        output_type="pt",
    ).images
    return pictures.clamp(-1, 1)
