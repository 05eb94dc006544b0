"""Latents are taken over at another level of noise, and in another convention."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from studio.domain.branch import Branch
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.conditioning import Moment
from studio.engine.denoise import Denoising, denoise, prepare
from studio.engine.families.sd import StableDiffusion
from studio.engine.noise_mending import as_model_input, taken_over
from studio.engine.schedule import Schedule, is_same_level, schedule_of
from tests.engine.test_denoise import with_config

STEP = 4
PARENT = Request("a cat", 5, "tiny", 32, 24, num_inference_steps=10)
PICTURE = torch.randn(1, 4, 3, 4, generator=torch.Generator().manual_seed(1))
NOISE = torch.randn(1, 4, 3, 4, generator=torch.Generator().manual_seed(2))


def branch_of(
    family: StableDiffusion, before: Scheduler, **changes: Any
) -> tuple[Schedule, Denoising, Request]:
    """The parent's schedule, and the branch's job."""
    parent = replace(PARENT, scheduler=before)
    request = replace(parent, branch=Branch(parent, STEP), **changes)
    schedule = schedule_of(parent, lambda model: family.scheduler_config)
    return schedule, prepare(family, request), request


def at(level: tuple[float, float], schedule: Schedule) -> torch.Tensor:
    """The picture under the noise, as the scheduler mixes them."""
    mixed = level[0] * PICTURE + level[1] * NOISE
    return mixed / level[0] if schedule.explodes else mixed


@pytest.mark.parametrize("prediction_type", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("after", sorted(set(Scheduler) - {Scheduler.EULER_A}))
@pytest.mark.parametrize("before", sorted(set(Scheduler) - {Scheduler.DPMPP_2M_KARRAS}))
def test_the_picture_stays_the_same_when_the_model_knows_it(
    tiny_family: StableDiffusion, before: Scheduler, after: Scheduler, prediction_type: str
) -> None:
    """Whatever the levels: picture and noise come out as they went in, but for added noise."""
    family = with_config(tiny_family, prediction_type=prediction_type)
    schedule, job, request = branch_of(family, before, scheduler=after, num_inference_steps=11)
    level, wanted = schedule.level_after(STEP), job.schedule.level_after(STEP)
    asked: list[float] = []

    def predict(model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment) -> torch.Tensor:
        asked.append(float(timestep))
        assert torch.allclose(model_input, level[0] * PICTURE + level[1] * NOISE, atol=1e-4)
        return NOISE if prediction_type == "epsilon" else level[0] * NOISE - level[1] * PICTURE

    job.predict = predict
    latents = taken_over(at(level, schedule), schedule, job, request, family)
    mixed = as_model_input(latents, job.schedule, wanted)
    if wanted[1] > level[1] and not is_same_level(level, wanted):
        assert asked == []
        noise = (mixed - wanted[0] * PICTURE) / wanted[1]
        assert not torch.allclose(noise, NOISE, atol=1e-3)
        kept = wanted[0] / level[0] * level[1] / wanted[1]
        fresh = (noise - kept * NOISE) / (1 - kept**2) ** 0.5
        again = family.noise(request.size, [torch.Generator().manual_seed(99)])
        assert fresh.shape == again.shape
        assert 0.6 < float(fresh.std()) < 1.4
    else:
        assert len(asked) == (not is_same_level(level, wanted))
        assert torch.allclose(mixed, wanted[0] * PICTURE + wanted[1] * NOISE, atol=1e-4)


def test_the_same_levels_are_taken_over_as_they_are(tiny_family: StableDiffusion) -> None:
    schedule, job, request = branch_of(
        tiny_family, Scheduler.DPMPP_2M, scheduler=Scheduler.DPMPP_2M_SDE
    )
    latents = at(schedule.level_after(STEP), schedule)
    assert torch.equal(taken_over(latents, schedule, job, request, tiny_family), latents)


def test_added_noise_is_the_jobs_own(tiny_family: StableDiffusion) -> None:
    made = []
    for seed in (5, 5, 6):
        schedule, job, request = branch_of(tiny_family, Scheduler.DPMPP_2M_KARRAS)
        job.step = STEP
        # As if it had been a step further.
        further = replace(schedule, noise_levels=schedule.noise_levels[1:])
        latents = at(further.level_after(STEP), further)
        job.generators[0].manual_seed(seed)
        made.append(taken_over(latents, further, job, request, tiny_family))
    assert torch.equal(made[0], made[1])
    assert not torch.isclose(made[0], made[2]).any()


@pytest.mark.parametrize("after", Scheduler)
@pytest.mark.parametrize("before", Scheduler)
def test_a_model_that_knows_the_picture_arrives_at_it(
    tiny_family: StableDiffusion, before: Scheduler, after: Scheduler
) -> None:
    schedule, job, request = branch_of(tiny_family, before, scheduler=after, num_inference_steps=13)

    def predict(model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment) -> torch.Tensor:
        levels = job.schedule.noise_levels
        found = (job.device_timesteps == timestep).nonzero()
        level = levels[int(found[0, 0])] if len(found) else schedule.level_after(STEP)
        return (model_input - level[0] * PICTURE) / level[1]

    job.predict = predict
    latents = at(schedule.level_after(STEP), schedule)
    job.latents = taken_over(latents, schedule, job, request, tiny_family)
    *_, last = denoise(job)
    assert last.number == last.total == 13
    assert torch.allclose(last.denoised(), PICTURE, atol=2e-2)
