"""Stable Diffusion XL: the same bits as the bare diffusers pipelines, for every task it has."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from studio.domain.errors import ModelRefused
from studio.domain.model import ModelTask
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.denoise import denoise, prepare, run_from
from studio.engine.devices import pick_device
from studio.engine.families.sdxl import StableDiffusionXL
from studio.engine.loading import load
from studio.engine.preview import to_pixels
from studio.engine.snapshots import to_snapshot
from tests.engine.test_denoise import DIFFUSERS, START, request_for, start_pixels
from tests.support.tiny_models import write_tiny_sdxl

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})
MASK = np.zeros((24, 32), np.float32)
MASK[8:24, 8:24] = 1  # on the latents' grid, where diffusers' sampling of the mask and ours agree


def _written(folder: Any, task: ModelTask) -> StableDiffusionXL:
    family = load(write_tiny_sdxl(folder, task), CPU)
    assert isinstance(family, StableDiffusionXL)
    return family


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> StableDiffusionXL:
    return _written(tmp_path_factory.mktemp("sdxl") / "base", ModelTask.TEXT)


@pytest.fixture(scope="module")
def refiner(tmp_path_factory: pytest.TempPathFactory) -> StableDiffusionXL:
    return _written(tmp_path_factory.mktemp("sdxl") / "refiner", ModelTask.REFINER)


@pytest.fixture(scope="module")
def inpainting(tmp_path_factory: pytest.TempPathFactory) -> StableDiffusionXL:
    return _written(tmp_path_factory.mktemp("sdxl") / "inpainting", ModelTask.INPAINT)


def parts_of(family: StableDiffusionXL) -> dict[str, Any]:
    clip, clip_2 = family.clip, family.clip_2
    return {
        "unet": family.unet,
        "vae": family.vae,
        "text_encoder": clip and clip.text_encoder,
        "tokenizer": clip and clip.tokenizer,
        "text_encoder_2": clip_2.text_encoder,
        "tokenizer_2": clip_2.tokenizer,
    }


def init_pixels() -> torch.Tensor:
    return torch.from_numpy(start_pixels().transpose(2, 0, 1)[None] / np.float32(255))


def ours(family: StableDiffusionXL, request: Request, mask: Any = None) -> torch.Tensor:
    init = None if request.init_image is None else init_pixels()
    change = None if mask is None else torch.from_numpy(mask[None, None])
    *_, last = denoise(prepare(family, request, init, change))
    return last.latents


def theirs(
    family: StableDiffusionXL,
    request: Request,
    pipeline_class: Any,
    output_type: str = "latent",
    settings: dict[str, Any] | None = None,
    **task: Any,
) -> Any:
    """What a bare pipeline makes of `request` with the parts of `family`."""
    class_name, options = DIFFUSERS[request.scheduler]
    scheduler = getattr(diffusers, class_name).from_config(dict(family.scheduler_config), **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        pipeline = pipeline_class(
            **parts_of(family), scheduler=scheduler, add_watermarker=False, **(settings or {})
        )
    pipeline.set_progress_bar_config(disable=True)
    count = request.num_images_per_prompt
    return pipeline(
        request.prompt,
        negative_prompt=request.negative_prompt or None,
        num_inference_steps=request.num_inference_steps,
        guidance_scale=request.guidance_scale,
        num_images_per_prompt=count,
        generator=[torch.Generator().manual_seed(request.seed + i) for i in range(count)],
        output_type=output_type,
        **task,
    ).images


def text_pipeline(family: StableDiffusionXL, request: Request, output_type: str = "latent") -> Any:
    size = {"width": request.width, "height": request.height}
    return theirs(family, request, diffusers.StableDiffusionXLPipeline, output_type, **size)


def image_pipeline(family: StableDiffusionXL, request: Request, **settings: Any) -> Any:
    start = Image.fromarray(start_pixels())
    pipeline = diffusers.StableDiffusionXLImg2ImgPipeline
    return theirs(
        family, request, pipeline, settings=settings, image=start, strength=request.strength
    )


@pytest.mark.parametrize("scheduler", Scheduler)
def test_from_a_prompt_the_same_bits_as_the_bare_pipeline(
    base: StableDiffusionXL, scheduler: Scheduler
) -> None:
    request = request_for(scheduler, num_images_per_prompt=2)
    assert torch.equal(ours(base, request), text_pipeline(base, request))


@pytest.mark.parametrize("scheduler", Scheduler)
def test_from_a_picture_the_same_bits_as_the_bare_pipeline(
    base: StableDiffusionXL, scheduler: Scheduler
) -> None:
    request = request_for(scheduler, init_image=START, num_images_per_prompt=2)
    assert torch.equal(ours(base, request), image_pipeline(base, request))


@pytest.mark.parametrize("strength", [0.7, 1.0])
@pytest.mark.parametrize("name", ["base", "inpainting"])
@pytest.mark.parametrize("scheduler", Scheduler)
def test_under_a_mask_the_same_bits_as_the_bare_pipeline(
    request: pytest.FixtureRequest, scheduler: Scheduler, name: str, strength: float
) -> None:
    family = request.getfixturevalue(name)
    wish = request_for(scheduler, init_image=START, strength=strength, num_images_per_prompt=2)
    count = wish.num_images_per_prompt
    # Without them the pipeline encodes a masked picture even for a UNet that never sees it, and
    # moves the generators on.
    unseen = {} if family.takes_mask else {"masked_image_latents": torch.zeros(count, 4, 3, 4)}
    bare = theirs(
        family,
        wish,
        diffusers.StableDiffusionXLInpaintPipeline,
        image=[Image.fromarray(start_pixels())] * count,
        mask_image=Image.fromarray((MASK * 255).astype(np.uint8)),
        width=32,
        height=24,
        strength=strength,
        **unseen,
    )
    assert torch.equal(ours(family, wish, MASK), bare)


def test_the_same_pixels_as_the_bare_pipeline(base: StableDiffusionXL) -> None:
    request = request_for(Scheduler.EULER_A, num_images_per_prompt=2)
    pictures = to_pixels(base.decode(ours(base, request)))
    assert np.array_equal(pictures, np.stack(text_pipeline(base, request, "pil")))


@pytest.mark.parametrize("guidance_scale", [0.0, 1.0, 1.5])
def test_the_same_bits_with_little_or_no_guidance(
    base: StableDiffusionXL, guidance_scale: float
) -> None:
    """As Turbo and Lightning are used, with few steps and without guidance."""
    config = {**base.scheduler_config, "timestep_spacing": "trailing"}
    family = StableDiffusionXL(**parts_of(base), scheduler_config=config)
    request = request_for(Scheduler.EULER, guidance_scale=guidance_scale, num_inference_steps=2)
    assert torch.equal(ours(family, request), text_pipeline(family, request))


def test_the_same_bits_without_a_negative_prompt(base: StableDiffusionXL) -> None:
    """Its embeddings are zeros where the model's folder says so, and else those of no words."""
    request = request_for(Scheduler.EULER, negative_prompt="")
    config = base.scheduler_config
    assert torch.equal(ours(base, request), text_pipeline(base, request))
    reads = StableDiffusionXL(
        **parts_of(base), scheduler_config=config, force_zeros_for_empty_prompt=False
    )
    bare = theirs(
        base,
        request,
        diffusers.StableDiffusionXLPipeline,
        settings={"force_zeros_for_empty_prompt": False},
        width=32,
        height=24,
    )
    assert torch.equal(ours(reads, request), bare)
    assert not torch.equal(ours(base, request), bare)


def test_the_same_bits_with_guidance_built_into_the_unet(base: StableDiffusionXL) -> None:
    torch.manual_seed(4)
    unet = diffusers.UNet2DConditionModel.from_config(
        {**base.unet.config, "time_cond_proj_dim": 16}
    )
    parts = {**parts_of(base), "unet": unet.eval().requires_grad_(False)}
    family = StableDiffusionXL(**parts, scheduler_config=base.scheduler_config)
    request = request_for(Scheduler.LCM, num_images_per_prompt=2)
    assert torch.equal(ours(family, request), text_pipeline(family, request))


@pytest.mark.parametrize("scheduler", Scheduler)
def test_velocity_and_zero_terminal_snr(base: StableDiffusionXL, scheduler: Scheduler) -> None:
    config = {
        **base.scheduler_config,
        "prediction_type": "v_prediction",
        "rescale_betas_zero_snr": True,
        "timestep_spacing": "trailing",
    }
    family = StableDiffusionXL(**parts_of(base), scheduler_config=config)
    request = request_for(scheduler, num_inference_steps=3)
    bare = text_pipeline(family, request)
    assert torch.isfinite(bare).all()
    assert torch.equal(ours(family, request), bare)


def test_a_refiner_is_told_how_a_picture_is_liked(refiner: StableDiffusionXL) -> None:
    for negative in ("rain", ""):
        request = request_for(Scheduler.EULER, init_image=START, negative_prompt=negative)
        bare = image_pipeline(
            refiner,
            request,
            requires_aesthetics_score=True,
            force_zeros_for_empty_prompt=False,
        )
        assert torch.equal(ours(refiner, request), bare)


@pytest.mark.parametrize("scheduler", Scheduler)
def test_resumed_from_every_step_it_ends_in_the_same_bits(
    base: StableDiffusionXL, scheduler: Scheduler
) -> None:
    request = request_for(scheduler, num_inference_steps=4)
    first = prepare(base, request)
    snapshots = [to_snapshot(first.checkpoint())]
    steps = list(denoise(first))
    snapshots += [to_snapshot(step.checkpoint) for step in steps]
    for snapshot in snapshots:
        again = prepare(base, request)
        for _ in run_from(again, snapshot):
            pass
        assert torch.equal(again.latents, steps[-1].latents)


def test_another_size_is_another_picture(base: StableDiffusionXL) -> None:
    """The predictor of the last job is kept for those that ask for the same."""
    wide = request_for(Scheduler.EULER, num_inference_steps=1)
    high = request_for(Scheduler.EULER, num_inference_steps=1, width=24, height=32)
    assert torch.equal(ours(base, wide), text_pipeline(base, wide))
    assert torch.equal(ours(base, high), text_pipeline(base, high))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"in_channels": 7}, "with a mask or a picture"),
        ({"cross_attention_dim": 32}, "text encoders are of different models"),
        ({"addition_embed_type": None}, "isn't told the picture's size"),
        ({"projection_class_embeddings_input_dim": 40}, "second text encoder"),
    ],
)
def test_a_unet_of_another_kind_is_refused(
    tmp_path: Any, changes: dict[str, Any], sentence: str
) -> None:
    info = write_tiny_sdxl(tmp_path / "odd")
    folder = info.path / "unet"
    config = {**diffusers.UNet2DConditionModel.load_config(folder), **changes}
    diffusers.UNet2DConditionModel.from_config(config).save_pretrained(folder)
    with pytest.raises(ModelRefused, match=sentence):
        load(info, CPU)


def test_an_autoencoder_in_float32_goes_with_a_unet_in_fewer_bits(tmp_path: Any) -> None:
    """Its autoencoder overflows in float16, so a GPU computes the two in different precisions."""
    device = dataclasses.replace(CPU, dtype=torch.bfloat16)
    family = load(write_tiny_sdxl(tmp_path / "half", ModelTask.INPAINT), device)
    assert isinstance(family, StableDiffusionXL)
    family.vae.to(torch.float32)
    request = request_for(Scheduler.EULER, init_image=START, num_inference_steps=3)
    latents = ours(family, request, MASK)
    assert latents.dtype == torch.bfloat16
    pictures = family.decode(latents)
    assert pictures.dtype == torch.float32
    assert torch.isfinite(pictures).all()
    assert torch.isfinite(family.preview(latents)).all()
