"""Steps of flow matching models are kept, gone on from, painted over and taken over by others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from studio.domain.branch import Branch
from studio.domain.errors import RequestError
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.conditioning import Moment
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import pick_device
from studio.engine.families.flux import Flux
from studio.engine.families.sd import StableDiffusion
from studio.engine.flow_schedules import FAMILY_KEY
from studio.engine.loading import load
from studio.engine.noise_mending import taken_over
from studio.engine.painted_steps import imagined, paint_over
from studio.engine.schedule import SchedulerConfig, schedule_of
from tests.support.flow_oracles import DRAWS, FLOW
from tests.support.remembering_studio import RememberingStudio
from tests.support.tiny_flow_models import write_tiny_flux
from tests.support.tiny_models import SCHEDULER_CONFIG

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})
SQUARE: dict[str, Any] = {"width": 32, "height": 32}
PARENT = Request("a cat", 5, "tiny", 32, 32, num_inference_steps=8)
PICTURE = torch.randn(1, 4, 4, 4, generator=torch.Generator().manual_seed(1))
NOISE = torch.randn(1, 4, 4, 4, generator=torch.Generator().manual_seed(2))


@pytest.fixture(scope="module")
def flux(tmp_path_factory: pytest.TempPathFactory) -> tuple[ModelInfo, Flux]:
    info = write_tiny_flux(tmp_path_factory.mktemp("flux") / "tiny")
    family = load(info, CPU)
    assert isinstance(family, Flux)
    return info, family


@pytest.fixture
def studio(flux: tuple[ModelInfo, Flux]) -> RememberingStudio:
    info, family = flux
    return RememberingStudio(info, {"tiny": family, "twin": family})


def ways(studio: RememberingStudio) -> Iterator[str]:
    """First by what is kept, then without."""
    yield "kept"
    studio.forget()
    yield "forgotten"


@pytest.mark.parametrize("task", ["text", "image", "inpaint"])
@pytest.mark.parametrize("scheduler", FLOW)
def test_finished_from_any_step_it_is_the_picture_itself(
    studio: RememberingStudio, scheduler: Scheduler, task: str
) -> None:
    request = studio.request(task, scheduler=scheduler, num_inference_steps=3, **SQUARE)
    whole = studio.finish(request, keep=True)
    for way in ways(studio):
        for step in range(request.whole_way):
            again = studio.finish(replace(request, branch=Branch(request, step)))
            first_told = step + 1 if way == "kept" else 1
            assert studio.told == list(range(first_told, request.whole_way + 1))
            assert np.array_equal(again.images, whole.images)


@pytest.mark.parametrize("scheduler", [Scheduler.EULER, Scheduler.UNIPC, Scheduler.LCM])
@pytest.mark.parametrize(
    "changes",
    [
        {"num_inference_steps": 7},
        {"prompt": "a dog"},
        {"scheduler": Scheduler.HEUN},
        {"scheduler": Scheduler.DPMPP_2M},
        {"model": "twin", "guidance_scale": 1.5},
    ],
)
def test_a_branch_that_changes_something_is_another_picture_and_always_the_same_one(
    studio: RememberingStudio, scheduler: Scheduler, changes: dict[str, Any]
) -> None:
    request = studio.request(scheduler=scheduler, num_inference_steps=4, **SQUARE)
    whole = studio.finish(request, keep=True)
    branch = replace(request, branch=Branch(request, 2), **changes)
    made = [studio.finish(branch).images for _ in ways(studio)]
    assert np.array_equal(*made)
    assert not np.array_equal(made[0], whole.images)


def test_a_painted_step_is_gone_on_from(studio: RememberingStudio) -> None:
    request = studio.request(num_inference_steps=4, **SQUARE)
    whole = studio.finish(request, keep=True)
    stroke = np.zeros((32, 32, 4), np.uint8)
    stroke[:, :16] = (250, 20, 30, 255)
    painted = studio.adopt(stroke)
    made = [
        studio.finish(replace(request, branch=Branch(request, 2, painted))).images
        for _ in ways(studio)
    ]
    assert np.array_equal(*made)
    assert not np.array_equal(made[0], whole.images)
    empty = studio.adopt(np.zeros((32, 32, 4), np.uint8))
    assert np.array_equal(
        studio.finish(replace(request, branch=Branch(request, 2, empty))).images, whole.images
    )


def test_it_can_edit_through_the_whole_engine(studio: RememberingStudio) -> None:
    request = studio.request("image", num_inference_steps=2, **SQUARE)
    edited = studio.finish(replace(request, edit=True))
    assert studio.told == [1, 2]
    assert not np.array_equal(edited.images, studio.finish(request).images)


@pytest.mark.parametrize("scheduler", FLOW)
def test_paint_goes_in_and_the_noise_stays(
    flux: tuple[ModelInfo, Flux], scheduler: Scheduler
) -> None:
    _, family = flux
    job = prepare(family, replace(PARENT, scheduler=scheduler))
    steps = denoise(job)
    step = [next(steps) for _ in range(3)][-1]
    before, latents = imagined(job, step), job.latents
    stroke = np.zeros((32, 32, 4), np.uint8)
    stroke[:, :16] = (250, 20, 30, 255)
    paint_over(job, before, stroke, family, seed=5)
    assert torch.equal(job.latents[..., 2:], latents[..., 2:])
    alpha, _ = job.schedule.level_after(3)
    below = (family.decode(before) * 0.5 + 0.5).clamp(0, 1)
    colour = torch.tensor([250, 20, 30])[:, None, None] / 255
    above = torch.cat([colour.expand(1, 3, 32, 16), below[..., 16:]], dim=-1)
    wanted = family.encode(above, [torch.Generator().manual_seed(5)])
    change = (job.latents - latents)[..., :2]
    assert torch.allclose(change, alpha * (wanted - before)[..., :2], atol=1e-4)


@pytest.mark.parametrize("after", FLOW)
@pytest.mark.parametrize("before", FLOW)
def test_a_model_that_knows_the_picture_arrives_at_it(
    flux: tuple[ModelInfo, Flux], before: Scheduler, after: Scheduler
) -> None:
    """Whatever the levels and the number of steps."""
    _, family = flux
    parent = replace(PARENT, scheduler=before)
    request = replace(parent, branch=Branch(parent, 3), scheduler=after, num_inference_steps=11)
    schedule = schedule_of(parent, lambda model: family.scheduler_config)
    job = prepare(family, request)

    def predict(model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment) -> torch.Tensor:
        found = (job.device_timesteps == timestep).nonzero()
        level = job.schedule.noise_levels[int(found[0, 0])] if len(found) else level_before
        return (model_input - PICTURE) / level[1]

    job.predict = predict
    level_before = schedule.level_after(3)
    mixed = level_before[0] * PICTURE + level_before[1] * NOISE
    job.latents = taken_over(mixed, schedule, job, request, family)
    alpha, sigma = job.schedule.level_after(3)
    if sigma <= level_before[1]:
        assert torch.allclose(job.latents, alpha * PICTURE + sigma * NOISE, atol=1e-3)
    else:
        noise = (job.latents - alpha * PICTURE) / sigma
        assert 0.5 < float(noise.std()) < 1.5
    *_, last = denoise(job)
    assert last.number == last.total == 11
    assert torch.allclose(last.denoised(), PICTURE, atol=1e-3)
    if after not in DRAWS:
        assert torch.allclose(job.latents, PICTURE, atol=0.1)


def test_models_of_the_other_kind_cant_take_over(
    flux: tuple[ModelInfo, Flux], tiny_family: StableDiffusion
) -> None:
    _, family = flux
    configs = {"tiny": family.scheduler_config, "sd": {**SCHEDULER_CONFIG, FAMILY_KEY: "sd"}}
    config_of: SchedulerConfig = configs.__getitem__
    request = replace(PARENT, model="sd", branch=Branch(PARENT, 3))
    job = prepare(tiny_family, request, schedule=schedule_of(request, config_of))
    with pytest.raises(RequestError, match="another way"):
        taken_over(PICTURE, schedule_of(PARENT, config_of), job, request, tiny_family)
