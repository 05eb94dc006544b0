"""The oracles of inpainting: our loop against the bare diffusers pipeline, hard masks and soft."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.denoise import Denoising, denoise, prepare, run_from
from studio.engine.families.sd import StableDiffusion
from studio.engine.held_latents import HeldLatents
from studio.engine.patch_autoencoder import LinearPatchAutoencoder
from studio.engine.schedule import Schedule
from studio.engine.snapshots import to_snapshot
from tests.engine.test_denoise import DIFFUSERS, START, request_for, start_pixels

MASK = np.zeros((24, 32), np.float32)
MASK[8:24, 8:24] = 1  # on the latents' grid, where diffusers' sampling of the mask and ours agree


@pytest.fixture(scope="module")
def inpainting_family(tiny_family: StableDiffusion) -> StableDiffusion:
    """The same model with a UNet that sees the mask: 9 channels."""
    torch.manual_seed(5)
    unet = diffusers.UNet2DConditionModel.from_config({**tiny_family.unet.config, "in_channels": 9})
    return _with(tiny_family, unet=unet.eval().requires_grad_(False))


@pytest.fixture(scope="module")
def patch_family(tiny_family: StableDiffusion) -> StableDiffusion:
    """With the embedded model's kind of autoencoder."""
    torch.manual_seed(6)
    return _with(tiny_family, vae=LinearPatchAutoencoder(latent_channels=4))


@pytest.fixture
def family(request: pytest.FixtureRequest) -> StableDiffusion:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, StableDiffusion)
    return found


def _with(family: StableDiffusion, **parts: Any) -> StableDiffusion:
    return StableDiffusion(
        **{
            "unet": family.unet,
            "vae": family.vae,
            "text_encoder": family.text_encoder,
            "tokenizer": family.tokenizer,
            "scheduler_config": family.scheduler_config,
            **parts,
        }
    )


def init_pixels() -> torch.Tensor:
    return torch.from_numpy(start_pixels().transpose(2, 0, 1)[None] / np.float32(255))


def prepared(family: StableDiffusion, request: Request, mask: Any = MASK) -> Denoising:
    request = dataclasses.replace(request, init_image=START)
    return prepare(family, request, init_pixels(), torch.from_numpy(mask[None, None]))


def ours(family: StableDiffusion, request: Request, mask: Any = MASK) -> torch.Tensor:
    *_, last = denoise(prepared(family, request, mask))
    return last.latents


def pipeline_latents(family: StableDiffusion, request: Request) -> torch.Tensor:
    """What the bare inpainting pipeline makes of `request` under MASK."""
    class_name, options = DIFFUSERS[request.scheduler]
    # The other pipelines set it themselves.
    config = {**family.scheduler_config, "clip_sample": False}
    scheduler = getattr(diffusers, class_name).from_config(config, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        pipeline = diffusers.StableDiffusionInpaintPipeline(
            vae=family.vae,
            text_encoder=family.text_encoder,
            tokenizer=family.tokenizer,
            unet=family.unet,
            scheduler=scheduler,
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
    pipeline.set_progress_bar_config(disable=True)
    count = request.num_images_per_prompt
    # Without them the pipeline encodes a masked picture even for a UNet that never sees it, and
    # moves the generators on.
    unseen = {} if family.takes_mask else {"masked_image_latents": torch.zeros(count, 4, 3, 4)}
    latents = pipeline(
        request.prompt,
        # One for each, so that each is encoded with its own generator.
        image=[Image.fromarray(start_pixels())] * count,
        mask_image=Image.fromarray((MASK * 255).astype(np.uint8)),
        height=24,
        width=32,
        strength=request.strength,
        negative_prompt=request.negative_prompt,
        num_inference_steps=request.num_inference_steps,
        guidance_scale=request.guidance_scale,
        num_images_per_prompt=count,
        generator=[torch.Generator().manual_seed(request.seed + i) for i in range(count)],
        output_type="latent",
        **unseen,
    ).images
    assert isinstance(latents, torch.Tensor)
    return latents


FAMILIES = ["tiny_family", "patch_family", "inpainting_family"]


@pytest.mark.parametrize("family", FAMILIES, indirect=True)
@pytest.mark.parametrize("strength", [0.7, 1.0])
@pytest.mark.parametrize("scheduler", Scheduler)
def test_same_bits_as_the_bare_inpainting_pipeline(
    family: StableDiffusion, scheduler: Scheduler, strength: float
) -> None:
    request = request_for(scheduler, strength=strength, num_images_per_prompt=2)
    assert torch.equal(ours(family, request), pipeline_latents(family, request))


@pytest.mark.parametrize("family", FAMILIES, indirect=True)
@pytest.mark.parametrize("scheduler", Scheduler)
def test_resumed_under_a_mask_from_every_step_it_ends_in_the_same_bits(
    family: StableDiffusion, scheduler: Scheduler
) -> None:
    request = request_for(scheduler, num_images_per_prompt=2)
    soft = MASK * np.linspace(0, 1, 32, dtype=np.float32)
    first = prepared(family, request, soft)
    snapshots = [to_snapshot(first.checkpoint())]
    steps = list(denoise(first))
    snapshots += [to_snapshot(step.checkpoint) for step in steps]
    for snapshot in snapshots:
        again = prepared(family, request, soft)
        for _ in run_from(again, snapshot):
            pass
        assert torch.equal(again.latents, steps[-1].latents)


@pytest.mark.parametrize("scheduler", Scheduler)
@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_what_stays_ends_as_the_pictures_own_latents(
    patch_family: StableDiffusion, scheduler: Scheduler, strength: float
) -> None:
    latents = ours(patch_family, request_for(scheduler, strength=strength))
    clean = patch_family.encode(init_pixels(), [torch.Generator()])
    stays = torch.from_numpy(MASK[::8, ::8] == 0)
    assert torch.equal(latents[..., stays], clean[..., stays])
    assert (latents[..., ~stays] != clean[..., ~stays]).all()


@pytest.mark.parametrize("scheduler", Scheduler)
def test_a_white_mask_is_no_mask(patch_family: StableDiffusion, scheduler: Scheduler) -> None:
    request = request_for(scheduler, init_image=START)
    job = prepare(patch_family, request, init_pixels())
    *_, unmasked = denoise(job)
    masked = ours(patch_family, request, np.ones_like(MASK))
    assert torch.allclose(masked, unmasked.latents, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("scheduler", Scheduler)
def test_the_brighter_the_grey_the_more_it_changes(
    patch_family: StableDiffusion, scheduler: Scheduler
) -> None:
    request = request_for(scheduler, num_inference_steps=10, strength=1.0)
    clean = patch_family.encode(init_pixels(), [torch.Generator()])
    changes = [
        (ours(patch_family, request, np.full_like(MASK, grey)) - clean).abs().mean()
        for grey in (0.0, 0.3, 0.6, 1.0)
    ]
    assert changes[0] == 0
    assert changes[0] < changes[1] < changes[2] < changes[3]


def test_grey_joins_in_when_so_much_of_the_steps_is_left() -> None:
    change = torch.tensor([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]).view(1, 1, 1, 6)
    held = HeldLatents(torch.zeros(1, 1, 1, 6), torch.zeros(1, 1, 1, 6), change)
    latents = torch.ones(1, 1, 1, 6)

    class NoNoise:
        def add_noise(self, clean: Any, noise: Any, timesteps: torch.Tensor) -> Any:
            assert timesteps.shape == (1,)
            return clean

    schedule = Schedule(NoNoise(), torch.arange(4), [], explodes=False)
    changed = [held.laid_into(latents, schedule, i)[0, 0, 0] for i in range(4)]
    assert [row.tolist() for row in changed] == [
        [0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 1, 1],
        [0, 0, 0, 1, 1, 1],
        [0, 1, 1, 1, 1, 1],
    ]


def test_a_latent_may_change_as_much_as_any_of_its_pixels() -> None:
    change = torch.zeros(1, 1, 16, 24)
    change[..., 3, 5] = 0.5
    change[..., 15, 16:] = 1
    held = HeldLatents.under(change, torch.zeros(1, 4, 2, 3), torch.zeros(1, 4, 2, 3))
    assert held.change[0, 0].tolist() == [[0.5, 0, 0], [0, 0, 1]]


def test_a_model_made_for_inpainting_still_draws_from_the_prompt_alone(
    inpainting_family: StableDiffusion,
) -> None:
    assert inpainting_family.takes_mask
    request = request_for(Scheduler.EULER, num_images_per_prompt=2)
    *_, alone = denoise(prepare(inpainting_family, request))
    request = dataclasses.replace(request, init_image=START)
    *_, started = denoise(prepare(inpainting_family, request, init_pixels()))
    assert alone.latents.shape == started.latents.shape == (2, 4, 3, 4)
    assert torch.isfinite(alone.latents).all()


def test_a_model_made_for_inpainting_keeps_greys_too(inpainting_family: StableDiffusion) -> None:
    grey = np.full_like(MASK, 0.5)
    grey[:, :8] = 0
    request = request_for(Scheduler.DDIM, strength=1.0)
    latents = ours(inpainting_family, request, grey)
    clean = inpainting_family.encode(init_pixels(), [torch.Generator("cpu").manual_seed(7)])
    assert torch.equal(latents[..., :1], clean[..., :1])
    assert not torch.isclose(latents[..., 1:], clean[..., 1:]).any()
