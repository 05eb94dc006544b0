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
    from_pipeline,
    goes_on_alike,
    ours,
    reader_parts,
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
    drawn: torch.Tensor = from_pipeline(
        pipeline_class,
        reader_parts(family),
        scheduler,
        request,
        negative_prompt=request.negative_prompt,
        true_cfg_scale=request.guidance_scale,
        **more,
    )
    return drawn


def unpacked(tokens: torch.Tensor) -> torch.Tensor:
    return unpack(tokens, HEIGHT // 8, WIDTH // 8)


@pytest.mark.parametrize("guidance_scale", [1.0, 4.0])
def test_text_to_image_gives_the_pipelines_bits(family: QwenImage, guidance_scale: float) -> None:
    request = flow_request(guidance_scale=guidance_scale, num_images_per_prompt=2)
    assert torch.equal(ours(family, request), unpacked(theirs(family, request)))


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
    assert torch.equal(ours(family, request), unpacked(bare))


def test_another_prompt_of_another_length_is_read_anew(family: QwenImage) -> None:
    for prompt in ("a cat", "a cat in the snow", "a cat"):
        request = flow_request(prompt=prompt, guidance_scale=1.0)
        assert torch.equal(ours(family, request), unpacked(theirs(family, request)))


def test_resumed_from_every_step_it_ends_in_the_same_bits(family: QwenImage) -> None:
    assert goes_on_alike(family, flow_request())
    assert goes_on_alike(family, flow_request(init_image=START), masked=True)


def test_parts_of_different_models_are_refused(family: QwenImage) -> None:
    parts = {
        **reader_parts(family),
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
    pictures = theirs(family, request, output_type="pt")
    assert torch.equal((family.decode(latents) * 0.5 + 0.5).clamp(0, 1), pictures)
