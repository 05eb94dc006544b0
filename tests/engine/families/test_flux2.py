"""FLUX.2: the same bits as the bare diffusers pipelines, for klein, its base and dev."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from studio.domain.errors import ModelRefused
from studio.domain.request import PictureRef, Request
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import pick_device
from studio.engine.families import flux2
from studio.engine.families.flux2 import Flux2
from studio.engine.loading import load
from tests.support.flow_oracles import (
    HEIGHT,
    START,
    WIDTH,
    diffusers_scheduler,
    flow_request,
    from_pipeline,
    goes_on_alike,
    init_pixels,
    ours,
    reader_parts,
)
from tests.support.samples import noise
from tests.support.tiny_chat_models import write_tiny_flux2
from tests.support.tiny_flow_models import SHIFTED_CONFIG

Write = Callable[..., Flux2]


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Write:
    def written(**options: Any) -> Flux2:
        info = write_tiny_flux2(tmp_path_factory.mktemp("flux2") / "tiny", **options)
        family = load(info, pick_device({"PENTIMENTO_DEVICE": "cpu"}))
        assert isinstance(family, Flux2)
        return family

    return written


@pytest.fixture(scope="module")
def base(write: Write) -> Flux2:
    return write()


@pytest.fixture(scope="module")
def dev(write: Write) -> Flux2:
    return write(dev=True)


def theirs(family: Flux2, request: Request, *, dev: bool = False, **more: Any) -> torch.Tensor:
    """The pictures of the bare pipeline, (B, 3, H, W) in [0, 1]."""
    scheduler = diffusers_scheduler(request.scheduler, SHIFTED_CONFIG, request)
    pictures: torch.Tensor = from_pipeline(
        diffusers.Flux2Pipeline if dev else diffusers.Flux2KleinPipeline,
        reader_parts(family),
        scheduler,
        request,
        guidance_scale=request.guidance_scale,
        output_type="pt",
        **more,
    )
    return pictures


def drawn(family: Flux2, latents: torch.Tensor) -> torch.Tensor:
    return (family.decode(latents) * 0.5 + 0.5).clamp(0, 1)


@pytest.mark.parametrize("guidance_scale", [1.0, 4.0])
def test_klein_gives_the_pipelines_bits(base: Flux2, guidance_scale: float) -> None:
    request = flow_request(
        guidance_scale=guidance_scale, negative_prompt="", num_images_per_prompt=2
    )
    assert torch.equal(drawn(base, ours(base, request)), theirs(base, request))


def test_a_distilled_model_has_no_guidance(write: Write) -> None:
    distilled = write(distilled=True)
    request = flow_request(guidance_scale=4.0)
    plain = flow_request(guidance_scale=1.0)
    assert torch.equal(ours(distilled, request), ours(distilled, plain))


def test_a_negative_prompt_counts_where_guidance_does(base: Flux2) -> None:
    one, other = flow_request(negative_prompt=""), flow_request(negative_prompt="rain")
    assert not torch.equal(ours(base, one), ours(base, other))


def test_dev_gives_the_pipelines_bits(dev: Flux2) -> None:
    request = flow_request(num_images_per_prompt=2)
    assert torch.equal(drawn(dev, ours(dev, request)), theirs(dev, request, dev=True))
    weaker = flow_request(guidance_scale=1.0, num_images_per_prompt=2)
    assert not torch.equal(ours(dev, request), ours(dev, weaker))


def test_editing_gives_the_pipelines_bits(base: Flux2) -> None:
    # The bare pipeline refuses pictures with a side below 64.
    start = PictureRef(START.digest, 64, 64)
    request = flow_request(height=64, init_image=start, edit=True, negative_prompt="")
    pixels = noise(3, 64, 64)
    unit = torch.from_numpy(pixels.transpose(2, 0, 1)[None] / np.float32(255))
    *_, last = denoise(prepare(base, request, unit))
    bare = theirs(base, request, image=Image.fromarray(pixels))
    assert torch.equal(drawn(base, last.latents), bare)


def test_a_start_picture_is_drawn_over(base: Flux2) -> None:
    request = flow_request(init_image=START)
    assert torch.isfinite(ours(base, request)).all()
    assert goes_on_alike(base, request, masked=True)


def test_what_was_encoded_is_decoded_by_the_same_numbers(base: Flux2) -> None:
    latents = base.autoencoder.encode_exactly(init_pixels())
    assert latents.shape == (1, 16, HEIGHT // 16, WIDTH // 16)
    straight = base.vae.decode(base.vae.encode(2 * init_pixels() - 1).latent_dist.mode())
    assert torch.allclose(base.decode(latents), straight.sample, atol=1e-4)


def test_parts_of_different_models_are_refused(base: Flux2) -> None:
    parts = {
        "transformer": base.transformer,
        "vae": base.vae,
        "text_encoder": base.reader.text_encoder,
        "tokenizer": base.reader.tokenizer,
        "scheduler_config": {},
    }
    other = diffusers.Flux2Transformer2DModel.from_config(
        {**base.transformer.config, "joint_attention_dim": 48}
    )
    with pytest.raises(ModelRefused, match="text encoder are of different models"):
        flux2.RECIPE.make(**{**parts, "transformer": other})
