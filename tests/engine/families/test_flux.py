"""FLUX.1: the same bits as the bare diffusers pipelines, for every task and scheduler it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diffusers
import pytest
import torch

from studio.domain.errors import ModelRefused, RequestError
from studio.domain.hires import MIN_TILE_PX, Tiling
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.denoise import prepare
from studio.engine.devices import pick_device
from studio.engine.families import flux
from studio.engine.families.flux import Flux, places_of
from studio.engine.families.patches import pack, unpack
from studio.engine.loading import load
from tests.support.flow_oracles import (
    DRAWS,
    FLOW,
    HEIGHT,
    START,
    STEPS,
    WIDTH,
    diffusers_scheduler,
    flow_request,
    from_pipeline,
    generators,
    goes_on_alike,
    init_pixels,
    mask_picture,
    ours,
    start_picture,
    steps_of,
)
from tests.support.tiny_flow_models import FLOW_CONFIG, SHIFTED_CONFIG, write_tiny_flux
from tests.support.tiny_models import TOKENS

Write = Callable[..., Flux]


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Write:
    def written(name: str, **options: Any) -> Flux:
        folder = tmp_path_factory.mktemp("flux") / name
        family = load(write_tiny_flux(folder, **options), pick_device({"PENTIMENTO_DEVICE": "cpu"}))
        assert isinstance(family, Flux)
        return family

    return written


@pytest.fixture(scope="module")
def dev(write: Write) -> Flux:
    return write("dev")


@pytest.fixture(scope="module")
def schnell(write: Write) -> Flux:
    return write("schnell", guidance_embeds=False, config={**FLOW_CONFIG, "shift": 1.0})


@pytest.fixture(scope="module")
def fill(write: Write) -> Flux:
    return write("fill", fill=True)


def unpacked(tokens: torch.Tensor) -> torch.Tensor:
    return unpack(tokens, HEIGHT // 8, WIDTH // 8)


def theirs(
    family: Flux,
    request: Request,
    pipeline_class: Any,
    *,
    config: Any = SHIFTED_CONFIG,
    **more: Any,
) -> torch.Tensor:
    """The finished latents (B, C, h, w) of the bare pipeline."""
    scheduler = diffusers_scheduler(request.scheduler, config, request, unpack=unpacked, pack=pack)
    parts = {
        "vae": family.vae,
        "text_encoder": family.clip.text_encoder,
        "tokenizer": family.clip.tokenizer,
        "text_encoder_2": family.t5.text_encoder,
        "tokenizer_2": family.t5.tokenizer,
        "transformer": family.transformer,
    }
    tokens = from_pipeline(
        pipeline_class,
        parts,
        scheduler,
        request,
        guidance_scale=request.guidance_scale,
        max_sequence_length=TOKENS,
        **more,
    )
    return unpacked(tokens)


@pytest.mark.parametrize("name", sorted(set(FLOW) - {Scheduler.HEUN}))
def test_text_to_image_gives_the_pipelines_bits(dev: Flux, name: Scheduler) -> None:
    request = flow_request(scheduler=name, num_images_per_prompt=2)
    assert torch.equal(ours(dev, request), theirs(dev, request, diffusers.FluxPipeline))


def test_without_guidance_built_in_there_is_none(schnell: Flux) -> None:
    request, config = flow_request(), {**FLOW_CONFIG, "shift": 1.0}
    bare = theirs(schnell, request, diffusers.FluxPipeline, config=config)
    assert torch.equal(ours(schnell, request), bare)
    assert torch.equal(ours(schnell, flow_request(guidance_scale=1.0)), bare)


def test_guidance_that_is_built_in_counts(dev: Flux) -> None:
    assert not torch.equal(ours(dev, flow_request()), ours(dev, flow_request(guidance_scale=1.0)))


@pytest.mark.parametrize("name", [Scheduler.EULER, Scheduler.LCM])
def test_image_to_image_gives_the_pipelines_bits(dev: Flux, name: Scheduler) -> None:
    request = flow_request(scheduler=name, init_image=START, num_images_per_prompt=2)
    bare = theirs(
        dev,
        request,
        diffusers.FluxImg2ImgPipeline,
        prompt=["a cat"] * 2,
        image=[start_picture()] * 2,
        num_images_per_prompt=1,
        strength=0.5,
    )
    assert torch.equal(ours(dev, request), bare)


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_inpainting_gives_the_pipelines_bits(dev: Flux, strength: float) -> None:
    request = flow_request(init_image=START, strength=strength)
    bare = theirs(
        dev,
        request,
        diffusers.FluxInpaintPipeline,
        image=start_picture(),
        mask_image=mask_picture(),
        strength=strength,
    )
    assert torch.equal(ours(dev, request, masked=True), bare)


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_fill_gives_the_pipelines_bits(fill: Flux, strength: float) -> None:
    assert fill.takes_mask
    assert not fill.edits
    request = flow_request(init_image=START, strength=strength)
    more: dict[str, Any] = {}
    if strength == 1:
        # Of a picture that is covered by noise alone the pipeline still draws latents.
        drawn = generators(request)
        more = {"latents": pack(fill.noise(request.size, drawn)), "generator": drawn}
    bare = theirs(
        fill,
        request,
        diffusers.FluxFillPipeline,
        image=start_picture(),
        mask_image=mask_picture(),
        strength=strength,
        **more,
    )
    assert torch.equal(ours(fill, request, masked=True), bare)


def test_fill_draws_from_the_prompt_alone(fill: Flux) -> None:
    latents = ours(fill, flow_request(num_images_per_prompt=2))
    assert latents.shape == (2, 4, HEIGHT // 8, WIDTH // 8)
    assert torch.isfinite(latents).all()


def test_kontext_looks_at_the_picture(dev: Flux) -> None:
    request = flow_request(init_image=START, edit=True)
    bare = theirs(
        dev,
        request,
        diffusers.FluxKontextPipeline,
        image=start_picture(),
        max_area=HEIGHT * WIDTH,
        _auto_resize=False,
    )
    steps = steps_of(dev, request)
    assert len(steps) == STEPS
    assert torch.equal(steps[-1].latents, bare)
    assert not torch.equal(bare, ours(dev, flow_request()))


def test_kontext_looks_at_it_for_every_picture(dev: Flux) -> None:
    request = flow_request(init_image=START, edit=True, num_images_per_prompt=2)
    bare = theirs(
        dev,
        request,
        diffusers.FluxKontextPipeline,
        image=start_picture(),
        max_area=HEIGHT * WIDTH,
        _auto_resize=False,
    )
    assert torch.equal(ours(dev, request), bare)


@pytest.mark.parametrize("name", FLOW)
def test_every_step_is_one_to_go_on_from(dev: Flux, name: Scheduler) -> None:
    assert goes_on_alike(dev, flow_request(scheduler=name, num_images_per_prompt=2))


@pytest.mark.parametrize("name", [Scheduler.HEUN, *DRAWS])
def test_under_a_mask_too(dev: Flux, name: Scheduler) -> None:
    request = flow_request(scheduler=name, init_image=START, strength=0.75)
    assert goes_on_alike(dev, request, masked=True)


def test_what_stays_under_the_mask_is_the_picture(dev: Flux) -> None:
    request = flow_request(init_image=START, strength=1.0)
    clean = dev.encode(init_pixels(), generators(request))
    kept = ours(dev, request, masked=True) == clean
    assert kept[..., :2].all()
    assert kept[..., 5:].all()
    assert not kept[..., 2:, 2:5].any()


def test_a_fill_model_cant_edit_and_says_so(fill: Flux) -> None:
    with pytest.raises(RequestError, match="can't change a picture as the prompt says"):
        prepare(fill, flow_request(init_image=START, edit=True), init_pixels())


def test_schedulers_for_other_models_are_refused_by_name(dev: Flux) -> None:
    with pytest.raises(RequestError, match=r"Euler a can't.*Euler, Heun, DPM\+\+ 2M, "):
        ours(dev, flow_request(scheduler=Scheduler.EULER_A))


def test_tiles_of_any_side_are_seen(dev: Flux) -> None:
    whole = ours(dev, flow_request())
    tiled = ours(dev, flow_request(tiling=Tiling(tile_px=MIN_TILE_PX + 8, overlap_px=16)))
    assert tiled.shape == whole.shape
    assert torch.isfinite(tiled).all()


def test_prompts_are_read_once(dev: Flux) -> None:
    ours(dev, flow_request(prompt="a dog"))
    dev.t5.text_encoder, kept = None, dev.t5.text_encoder
    try:
        ours(dev, flow_request(prompt="a dog", guidance_scale=2.0))
    finally:
        dev.t5.text_encoder = kept
    dev.t5.forget()


def test_what_was_written_down_is_forgotten_with_the_weights(write: Write) -> None:
    family = write("changing")
    before = ours(family, flow_request())
    with torch.no_grad():
        family.transformer.proj_out.weight.mul_(2)
    family.forget_steps()
    assert not torch.equal(before, ours(family, flow_request()))


def test_frugal_pictures_are_nearly_the_same(dev: Flux) -> None:
    latents = ours(dev, flow_request())
    plain = dev.decode(latents)
    dev.set_frugal(True)
    assert torch.allclose(ours(dev, flow_request()), latents)
    assert dev.decode(latents).shape == plain.shape
    dev.set_frugal(False)
    assert torch.equal(dev.decode(latents), plain)
    assert dev.preview(latents).shape == (1, 3, HEIGHT // 8, WIDTH // 8)


def test_packing_is_undone_and_places_are_told() -> None:
    latents = torch.arange(2 * 4 * 6 * 8.0).view(2, 4, 6, 8)
    tokens = pack(latents)
    assert tokens.shape == (2, 12, 16)
    assert tokens[0, 5].view(4, 2, 2).equal(latents[0, :, 2:4, 2:4])
    assert unpack(tokens, 6, 8).equal(latents)
    assert places_of(2, 3, picture=1)[4].tolist() == [1, 1, 1]


def test_parts_that_dont_fit_are_refused(dev: Flux) -> None:
    parts = {
        "transformer": dev.transformer,
        "vae": dev.vae,
        "text_encoder": dev.clip.text_encoder,
        "tokenizer": dev.clip.tokenizer,
        "text_encoder_2": dev.t5.text_encoder,
        "tokenizer_2": dev.t5.tokenizer,
        "scheduler_config": SHIFTED_CONFIG,
    }
    wide = diffusers.AutoencoderKL(latent_channels=8)
    with pytest.raises(ModelRefused, match="more than latents and a mask"):
        flux.RECIPE.make(**{**parts, "vae": wide})
    with pytest.raises(ModelRefused, match="second text encoder"):
        other = type(dev.t5.text_encoder)(
            type(dev.t5.text_encoder.config)(d_model=16, num_layers=1)
        )
        flux.RECIPE.make(**{**parts, "text_encoder_2": other})
