"""The oracles: our loop against the bare diffusers pipelines, and against itself after a stop."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from studio.domain.errors import RequestError
from studio.domain.request import PictureRef, Request
from studio.domain.schedulers import Scheduler
from studio.engine.conditioning import Moment
from studio.engine.denoise import Step, denoise, prepare, run_from
from studio.engine.families.sd import StableDiffusion
from studio.engine.preview import to_pixels
from studio.engine.snapshots import to_snapshot

START = PictureRef("0" * 64, 32, 24)
STEPS = 5

# Written out again here, so that a slip in the engine's own table shows.
DIFFUSERS: dict[Scheduler, tuple[str, dict[str, Any]]] = {
    Scheduler.EULER: ("EulerDiscreteScheduler", {}),
    Scheduler.EULER_A: ("EulerAncestralDiscreteScheduler", {}),
    Scheduler.DPMPP_2M: ("DPMSolverMultistepScheduler", {}),
    Scheduler.DPMPP_2M_KARRAS: ("DPMSolverMultistepScheduler", {"use_karras_sigmas": True}),
    Scheduler.DPMPP_2M_SDE: ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
    Scheduler.HEUN: ("HeunDiscreteScheduler", {}),
    Scheduler.DDIM: ("DDIMScheduler", {}),
    Scheduler.UNIPC: ("UniPCMultistepScheduler", {}),
    Scheduler.LCM: ("LCMScheduler", {}),
}


def request_for(scheduler: Scheduler, **changes: Any) -> Request:
    values: dict[str, Any] = {
        "prompt": "a cat",
        "negative_prompt": "rain",
        "seed": 7,
        "model": "tiny",
        "width": 32,
        "height": 24,
        "num_inference_steps": STEPS,
        "guidance_scale": 4.0,
        "scheduler": scheduler,
        "strength": 0.7,
    }
    return Request(**{**values, **changes})


def start_pixels() -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(3).integers(0, 256, (24, 32, 3), np.uint8)


def prepared(family: StableDiffusion, request: Request) -> Any:
    init = None
    if request.init_image is not None:
        init = torch.from_numpy(start_pixels().transpose(2, 0, 1)[None] / np.float32(255))
    return prepare(family, request, init)


def our_steps(family: StableDiffusion, request: Request) -> list[Step]:
    return list(denoise(prepared(family, request)))


def pipeline_output(family: StableDiffusion, request: Request, output_type: str) -> Any:
    """What the bare pipeline makes of `request` with the parts of `family`."""
    class_name, options = DIFFUSERS[request.scheduler]
    scheduler = getattr(diffusers, class_name).from_config(dict(family.scheduler_config), **options)
    image = request.init_image is not None
    pipeline_class = (
        diffusers.StableDiffusionImg2ImgPipeline if image else diffusers.StableDiffusionPipeline
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # “steps_offset should be 1”, and sets it
        pipeline = pipeline_class(
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
    task = (
        {"image": Image.fromarray(start_pixels()), "strength": request.strength}
        if image
        else {"width": request.width, "height": request.height}
    )
    return pipeline(
        request.prompt,
        negative_prompt=request.negative_prompt,
        num_inference_steps=request.num_inference_steps,
        guidance_scale=request.guidance_scale,
        num_images_per_prompt=count,
        generator=[torch.Generator().manual_seed(request.seed + i) for i in range(count)],
        output_type=output_type,
        **task,
    ).images


@pytest.mark.parametrize("init_image", [None, START], ids=["text", "image"])
@pytest.mark.parametrize("scheduler", Scheduler)
def test_same_bits_as_the_bare_pipeline(
    tiny_family: StableDiffusion, scheduler: Scheduler, init_image: PictureRef | None
) -> None:
    request = request_for(scheduler, init_image=init_image, num_images_per_prompt=2)
    ours = our_steps(tiny_family, request)[-1].latents

    assert torch.equal(ours, pipeline_output(tiny_family, request, "latent"))
    theirs = pipeline_output(tiny_family, request, "pil")
    assert np.array_equal(to_pixels(tiny_family.decode(ours)), np.stack(theirs))


@pytest.mark.parametrize("init_image", [None, START], ids=["text", "image"])
@pytest.mark.parametrize("guidance_scale", [0.0, 1.0, 1.5])
def test_same_bits_with_little_or_no_guidance(
    tiny_family: StableDiffusion, guidance_scale: float, init_image: PictureRef | None
) -> None:
    request = request_for(Scheduler.EULER, guidance_scale=guidance_scale, init_image=init_image)

    theirs = pipeline_output(tiny_family, request, "latent")
    assert torch.equal(our_steps(tiny_family, request)[-1].latents, theirs)


def test_same_bits_with_guidance_built_into_the_unet(tiny_family: StableDiffusion) -> None:
    torch.manual_seed(4)
    unet = diffusers.UNet2DConditionModel.from_config(
        {**tiny_family.unet.config, "time_cond_proj_dim": 16}
    )
    family = StableDiffusion(
        unet=unet.eval().requires_grad_(False),
        vae=tiny_family.vae,
        text_encoder=tiny_family.text_encoder,
        tokenizer=tiny_family.tokenizer,
        scheduler_config=tiny_family.scheduler_config,
    )
    request = request_for(Scheduler.LCM, num_images_per_prompt=2)

    theirs = pipeline_output(family, request, "latent")
    assert torch.equal(our_steps(family, request)[-1].latents, theirs)


def with_config(family: StableDiffusion, **config: Any) -> StableDiffusion:
    return StableDiffusion(
        unet=family.unet,
        vae=family.vae,
        text_encoder=family.text_encoder,
        tokenizer=family.tokenizer,
        scheduler_config={**family.scheduler_config, **config},
    )


@pytest.mark.parametrize("scheduler", Scheduler)
def test_same_bits_for_velocity_and_zero_terminal_snr(
    tiny_family: StableDiffusion, scheduler: Scheduler
) -> None:
    family = with_config(
        tiny_family,
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
    )
    request = request_for(scheduler, num_inference_steps=3)

    theirs = pipeline_output(family, request, "latent")
    assert torch.isfinite(theirs).all()
    assert torch.equal(our_steps(family, request)[-1].latents, theirs)


@pytest.mark.parametrize("init_image", [None, START], ids=["text", "image"])
@pytest.mark.parametrize("scheduler", Scheduler)
def test_resumed_from_every_step_it_ends_in_the_same_bits(
    tiny_family: StableDiffusion, scheduler: Scheduler, init_image: PictureRef | None
) -> None:
    request = request_for(scheduler, init_image=init_image, num_images_per_prompt=2)
    first = prepared(tiny_family, request)
    snapshots = [to_snapshot(first.checkpoint())]
    steps = list(denoise(first))
    snapshots += [to_snapshot(step.checkpoint) for step in steps]

    taken = STEPS if init_image is None else int(STEPS * request.strength)
    assert [snapshot.step for snapshot in snapshots] == list(range(taken + 1))
    for snapshot in snapshots:
        again = prepared(tiny_family, request)
        rest = list(run_from(again, snapshot))
        assert [step.number for step in rest] == list(range(snapshot.step + 1, taken + 1))
        assert torch.equal(again.latents, steps[-1].latents)


def test_a_step_of_another_size_is_refused(tiny_family: StableDiffusion) -> None:
    snapshot = to_snapshot(prepared(tiny_family, request_for(Scheduler.EULER)).checkpoint())
    wider = prepared(tiny_family, request_for(Scheduler.EULER, width=40))

    with pytest.raises(RequestError, match="another size"):
        run_from(wider, snapshot)


def test_with_another_prompt_a_step_becomes_a_branch(tiny_family: StableDiffusion) -> None:
    request = request_for(Scheduler.DPMPP_2M)
    steps = our_steps(tiny_family, request)
    branch = prepared(tiny_family, dataclasses.replace(request, prompt="a tree"))
    ends = list(run_from(branch, to_snapshot(steps[1].checkpoint)))

    assert ends[-1].number == STEPS
    assert not torch.equal(ends[-1].latents, steps[-1].latents)


@pytest.mark.parametrize("scheduler", Scheduler)
def test_progress_counts_the_steps_the_artist_asked_for(
    tiny_family: StableDiffusion, scheduler: Scheduler
) -> None:
    steps = our_steps(tiny_family, request_for(scheduler))
    assert [(step.number, step.total) for step in steps] == [
        (i, STEPS) for i in range(1, STEPS + 1)
    ]


def test_a_faint_strength_still_takes_one_step(tiny_family: StableDiffusion) -> None:
    request = request_for(Scheduler.EULER, init_image=START, strength=0.05)
    assert len(our_steps(tiny_family, request)) == 1


@pytest.mark.parametrize("scheduler", Scheduler)
def test_picture_i_of_a_batch_is_the_picture_of_seed_plus_i(
    tiny_family: StableDiffusion, scheduler: Scheduler
) -> None:
    batch = our_steps(tiny_family, request_for(scheduler, num_images_per_prompt=2))[-1].latents
    second = our_steps(tiny_family, request_for(scheduler, seed=8))[-1].latents

    # A batch multiplies matrices of another shape, which rounds differently.
    assert torch.allclose(batch[1], second[0], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("prediction_type", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("scheduler", Scheduler)
def test_the_denoised_estimate_is_the_picture_when_the_model_knows_it(
    tiny_family: StableDiffusion, scheduler: Scheduler, prediction_type: str
) -> None:
    """A model that always says how to get to one picture makes that picture the estimate."""
    picture = torch.randn(1, 4, 3, 4, generator=torch.Generator().manual_seed(1))
    family = with_config(tiny_family, prediction_type=prediction_type)
    job = prepared(family, request_for(scheduler))
    levels = iter(job.schedule.noise_levels)

    def predict(model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment) -> torch.Tensor:
        alpha, sigma = next(levels)
        noise = (model_input - alpha * picture) / sigma
        return noise if prediction_type == "epsilon" else alpha * noise - sigma * picture

    job.predict = predict
    for step in denoise(job):
        assert torch.allclose(step.denoised(), picture, atol=1e-3)
