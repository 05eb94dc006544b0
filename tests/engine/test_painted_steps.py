"""What is painted on a step stays, and everything else stays as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from studio.domain.branch import Branch
from studio.domain.events import Pixels
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.conditioning import Moment
from studio.engine.denoise import Denoising, denoise, prepare
from studio.engine.families.sd import StableDiffusion
from studio.engine.noise_mending import as_model_input
from studio.engine.painted_steps import imagined, paint_over
from studio.engine.patch_autoencoder import LinearPatchAutoencoder
from studio.engine.preview import to_pixels
from tests.engine.test_denoise import with_config
from tests.support.remembering_studio import RememberingStudio, same_snapshot

# Over the left half of the latents, which are 8 px wide each.
LEFT = np.zeros((24, 32, 4), np.uint8)
LEFT[:, :16] = (250, 20, 30, 255)
TOUCHED = torch.zeros(1, 4, 3, 4, dtype=torch.bool)
TOUCHED[..., :2] = True
STOCHASTIC = {Scheduler.EULER_A, Scheduler.DPMPP_2M_SDE, Scheduler.LCM}


@pytest.fixture
def patch_family(tiny_family: StableDiffusion) -> StableDiffusion:
    """With an autoencoder that gives back what it encodes, as the embedded model's does."""
    torch.manual_seed(6)
    return StableDiffusion(
        unet=tiny_family.unet,
        vae=LinearPatchAutoencoder(latent_channels=4),
        text_encoder=tiny_family.text_encoder,
        tokenizer=tiny_family.tokenizer,
        scheduler_config=tiny_family.scheduler_config,
    )


@pytest.fixture
def studio(tiny_model: ModelInfo, tiny_family: StableDiffusion) -> RememberingStudio:
    return RememberingStudio(tiny_model, {"tiny": tiny_family})


def request_for(scheduler: Scheduler, **changes: Any) -> Request:
    values: dict[str, Any] = {"num_inference_steps": 6, "scheduler": scheduler, **changes}
    return Request("a cat", 5, "tiny", 32, 24, **values)


def after(family: Any, request: Request, step: int) -> tuple[Denoising, Any]:
    job, last = prepare(family, request), None
    steps = denoise(job)
    while job.step < step:
        last = next(steps)
    return job, last


def painted(
    family: Any, scheduler: Scheduler, pixels: Pixels, step: int = 3
) -> tuple[Denoising, torch.Tensor]:
    """A job after `step`, painted over, and what it imagined before."""
    job, last = after(family, request_for(scheduler), step)
    before = imagined(job, last)
    paint_over(job, before, pixels, family, seed=5)
    return job, before


@pytest.mark.parametrize("step", [0, 1, 3, 5])
@pytest.mark.parametrize("scheduler", Scheduler)
def test_only_what_is_touched_changes_and_the_noise_never(
    patch_family: StableDiffusion, scheduler: Scheduler, step: int
) -> None:
    plain, _ = after(patch_family, request_for(scheduler), step)
    job, before = painted(patch_family, scheduler, LEFT, step)

    assert torch.equal(job.latents[~TOUCHED], plain.latents[~TOUCHED])
    colour = torch.tensor([250, 20, 30]) / 255
    flat = colour[None, :, None, None].expand(1, 3, 24, 32)
    encoded = patch_family.encode(flat, [torch.Generator()])
    alpha, sigma = plain.schedule.level_after(step)
    noise = noise_in(plain.latents, plain, before)
    wanted = (alpha * encoded + sigma * noise) / (alpha if plain.schedule.explodes else 1)
    difference = (job.latents - wanted)[TOUCHED].abs().max()
    assert difference <= 1e-3 * wanted.abs().max()


@pytest.mark.parametrize("scheduler", Scheduler)
def test_nothing_painted_changes_nothing(
    tiny_family: StableDiffusion, scheduler: Scheduler
) -> None:
    plain, _ = after(tiny_family, request_for(scheduler), 3)
    job, _ = painted(tiny_family, scheduler, np.zeros((24, 32, 4), np.uint8))
    assert torch.equal(job.latents, plain.latents)
    *_, last = denoise(plain)
    *_, mine = denoise(job)
    assert torch.equal(mine.latents, last.latents)


@pytest.mark.parametrize("scheduler", [Scheduler.EULER, Scheduler.UNIPC])
def test_the_fainter_the_less_it_changes(
    tiny_family: StableDiffusion, scheduler: Scheduler
) -> None:
    plain, _ = after(tiny_family, request_for(scheduler), 3)
    changes = []
    for opacity in (1, 60, 150, 255):
        pixels = LEFT.copy()
        pixels[:, :16, 3] = opacity
        job, _ = painted(tiny_family, scheduler, pixels)
        assert torch.equal(job.latents[~TOUCHED], plain.latents[~TOUCHED])
        changes.append(float((job.latents - plain.latents)[TOUCHED].abs().mean()))
    assert 0 < changes[0] < changes[1] < changes[2] < changes[3]
    assert changes[0] < 0.05 * changes[3]


def noise_in(latents: torch.Tensor, job: Denoising, picture: torch.Tensor) -> torch.Tensor:
    """What lies over the picture after the job's present step."""
    alpha, sigma = job.schedule.level_after(job.step)
    return (as_model_input(latents, job.schedule, (alpha, sigma)) - alpha * picture) / sigma


def always(picture: torch.Tensor, job: Denoising) -> Any:
    """A model that imagines one picture, whatever it sees."""

    def predict(model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment) -> torch.Tensor:
        [index] = (job.device_timesteps == timestep).nonzero()[:1, 0]
        alpha, sigma = job.schedule.noise_levels[int(index)]
        return (model_input - alpha * picture) / sigma

    return predict


@pytest.mark.parametrize("scheduler", Scheduler)
def test_no_memory_of_the_old_picture_drags_it_back(
    patch_family: StableDiffusion, scheduler: Scheduler
) -> None:
    """A model that agrees with the painter imagines the painted picture from then on: no step may
    lead away from it."""
    old = torch.randn(1, 4, 3, 4, generator=torch.Generator().manual_seed(1))
    job = prepare(patch_family, request_for(scheduler))
    job.predict = always(old, job)
    steps = denoise(job)
    for _ in range(3):
        last = next(steps)
    before = imagined(job, last)
    assert torch.allclose(before, old, atol=1e-3)
    paint_over(job, before, LEFT, patch_family, seed=5)

    colour = torch.tensor([250, 20, 30]) / 255
    flat = colour[None, :, None, None].expand(1, 3, 24, 32)
    new = torch.where(TOUCHED, patch_family.encode(flat, [torch.Generator()]), old)
    job.predict = always(new, job)
    noises = [noise_in(job.latents, job, new)]
    for step in denoise(job):
        if step.number < step.total and scheduler not in STOCHASTIC:
            noises.append(noise_in(step.latents, job, new))
    # Between picture and noise it goes straight on, as if the picture had been this one all along.
    for noise in noises[1:]:
        assert torch.allclose(noise, noises[0], atol=2e-3)
    # (DDIM leaves a little noise in the end.)
    assert torch.allclose(step.denoised(), new, atol=2e-3)
    if scheduler is not Scheduler.DDIM:
        assert torch.allclose(job.latents, new, atol=2e-3)


@pytest.mark.parametrize("scheduler", [Scheduler.DPMPP_2M, Scheduler.UNIPC])
def test_where_nothing_was_painted_a_multistep_scheduler_remembers(
    tiny_family: StableDiffusion, scheduler: Scheduler
) -> None:
    plain, _ = after(tiny_family, request_for(scheduler), 3)
    job, _ = painted(tiny_family, scheduler, LEFT)
    pairs = list(zip(job.scheduler.model_outputs, plain.scheduler.model_outputs, strict=True))
    if scheduler is Scheduler.UNIPC:
        pairs.append((job.scheduler.last_sample, plain.scheduler.last_sample))
    for mine, theirs in pairs:
        assert torch.equal(mine[~TOUCHED], theirs[~TOUCHED])
        assert not torch.isclose(mine[TOUCHED], theirs[TOUCHED]).all()


def test_velocity_is_understood(patch_family: StableDiffusion) -> None:
    family = with_config(patch_family, prediction_type="v_prediction")
    job, _ = after(family, request_for(Scheduler.DDIM), 2)
    clean = imagined(job, None)
    *_, first = [next(denoise(job))]
    assert torch.allclose(clean, first.denoised(), atol=1e-5)


# As a request


@pytest.mark.parametrize("task", ["text", "image", "inpaint"])
@pytest.mark.parametrize("scheduler", Scheduler)
def test_a_painted_branch_is_the_same_whether_or_not_its_parent_was_kept(
    studio: RememberingStudio, scheduler: Scheduler, task: str
) -> None:
    parent = studio.request(task, scheduler=scheduler)
    whole = studio.finish(parent, keep=True)
    for step in (0, 2, 3):
        request = replace(parent, branch=Branch(parent, step, studio.adopt(LEFT)))
        first = studio.finish(request)
        # The painted step is taken once more, for what the model imagined in it.
        assert studio.told == list(range(max(1, step), parent.whole_way + 1))
        assert first.first_step == step
        assert len(first.previews) == parent.whole_way - step
        latents, before = (
            s.tensors["latents"] for s in (first.snapshots[0], whole.snapshots[step])
        )
        assert np.array_equal(latents[..., 2:], before[..., 2:])
        assert not np.isclose(latents[..., :2], before[..., :2]).any()
        kept = dict(studio.kept)
        studio.forget()
        again = studio.finish(request)
        assert np.array_equal(first.images, again.images)
        assert all(map(same_snapshot, again.snapshots, first.snapshots))
        studio.kept.update(kept)


@pytest.mark.parametrize("scheduler", [Scheduler.EULER, Scheduler.DPMPP_2M])
def test_it_can_be_painted_on_again_at_the_same_step(
    studio: RememberingStudio, scheduler: Scheduler
) -> None:
    parent = studio.request(scheduler=scheduler)
    first = replace(parent, branch=Branch(parent, 3, studio.adopt(LEFT)))
    again = replace(parent, branch=Branch(first, 3, studio.adopt(LEFT[:, ::-1])))
    changed = replace(again, scheduler=Scheduler.HEUN, num_inference_steps=9, prompt="a dog")
    for request in (parent, first, again):
        studio.finish(request, keep=True)
    kept = [studio.finish(request).images for request in (again, changed)]
    studio.forget()
    anew = [studio.finish(request).images for request in (again, changed)]
    assert all(map(np.array_equal, kept, anew))


def test_what_is_painted_is_seen_in_the_end(
    tiny_model: ModelInfo, patch_family: StableDiffusion
) -> None:
    studio = RememberingStudio(tiny_model, {"tiny": patch_family})
    parent = studio.request(num_inference_steps=10)
    step = 9
    request = replace(parent, branch=Branch(parent, step, studio.adopt(LEFT)))
    whole, ready = studio.finish(parent), studio.finish(request)
    # As red as this autoencoder of four channels can draw it.
    flat = torch.tensor([250, 20, 30])[None, :, None, None].expand(1, 3, 24, 32) / 255
    encoded = patch_family.encode(flat, [torch.Generator()])
    red = to_pixels(patch_family.decode(encoded)).numpy()[0, :, :16].astype(int)
    before, now = (np.abs(made.images[0, :, :16] - red).mean() for made in (whole, ready))
    assert now < 0.5 * before


def test_opaque_paint_without_alpha_covers_all(
    studio: RememberingStudio,
) -> None:
    parent = studio.request()
    opaque = np.full((24, 32, 3), 90, np.uint8)
    alpha = np.full((24, 32, 1), 255, np.uint8)
    requests = [
        replace(parent, branch=Branch(parent, 2, studio.adopt(pixels)))
        for pixels in (opaque, np.concatenate([opaque, alpha], axis=2))
    ]
    pictures = [studio.finish(request).images for request in requests]
    assert np.array_equal(*pictures)
