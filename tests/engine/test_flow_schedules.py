"""The steps of flow matching models: as their own pipelines space them, and branches of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.pipelines.flux.pipeline_flux import calculate_shift
from diffusers.pipelines.flux2.pipeline_flux2 import compute_empirical_mu
from diffusers.pipelines.z_image.pipeline_z_image import get_default_z_image_sigmas
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.branch import Branch
from studio.domain.errors import RequestError
from studio.domain.geometry import Size
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.flow_schedules import (
    FAMILY_KEY,
    FLOW_RULES,
    empirical_mu,
    flow_rule,
    is_flow,
    linear_mu,
    tokens_of,
)
from studio.engine.schedule import SchedulerConfig, goes_on, schedule_of, timestep_of
from studio.engine.schedulers import FLOW_RECIPES, make_scheduler, noise_level
from tests.support.flow_oracles import FLOW
from tests.support.tiny_flow_models import FLOW_CONFIG, SHIFTED_CONFIG
from tests.support.tiny_models import SCHEDULER_CONFIG

PARENT = Request("a cat", 5, "flux", 1024, 768, num_inference_steps=10)
CONFIGS = {
    "flux": {**SHIFTED_CONFIG, FAMILY_KEY: "flux"},
    "twin": {**SHIFTED_CONFIG, FAMILY_KEY: "flux"},
    "flux2": {**SHIFTED_CONFIG, FAMILY_KEY: "flux2"},
    "sd3": {**FLOW_CONFIG, FAMILY_KEY: "sd3"},
}
config_of: SchedulerConfig = CONFIGS.__getitem__


def test_flow_matching_models_are_told_by_their_schedulers() -> None:
    assert is_flow(FLOW_CONFIG)
    assert is_flow({"_class_name": "UniPCMultistepScheduler", "prediction_type": "flow_prediction"})
    assert not is_flow(SCHEDULER_CONFIG)


def test_the_names_are_those_that_work() -> None:
    assert set(FLOW_RECIPES) == set(FLOW)
    for name in set(Scheduler) - set(FLOW):
        with pytest.raises(RequestError, match="flow matching model"):
            make_scheduler(name, FLOW_CONFIG, 4)


@given(tokens=st.integers(1, 20_000), steps=st.integers(1, 150))
def test_shifts_are_those_of_the_pipelines(tokens: int, steps: int) -> None:
    assert linear_mu({}, tokens, steps) == pytest.approx(calculate_shift(tokens), abs=1e-12)
    assert empirical_mu({}, tokens, steps) == compute_empirical_mu(tokens, steps)


def test_every_family_has_its_own_rule() -> None:
    assert flow_rule({FAMILY_KEY: "flux2"}).mu is empirical_mu
    assert flow_rule({FAMILY_KEY: "sd3"}).sigmas(4) is None
    assert FLOW_RULES["z-image"].sigmas(7) == get_default_z_image_sigmas(7)
    assert FLOW_RULES["qwen-image"].sigmas(4) == list(np.linspace(1, 0.25, 4))
    assert flow_rule({}) is FLOW_RULES["flux"]
    assert tokens_of(Size(1024, 768)) == 64 * 48


@pytest.mark.parametrize("model", CONFIGS)
@pytest.mark.parametrize("name", FLOW)
def test_noise_falls_along_a_straight_line(name: Scheduler, model: str) -> None:
    scheduler = make_scheduler(name, CONFIGS[model], 6, Size(1024, 768))
    levels = [noise_level(scheduler, i, t) for i, t in enumerate(scheduler.timesteps)]
    sigmas = [sigma for _, sigma in levels]
    assert sigmas == sorted(sigmas, reverse=True)
    assert sigmas[0] > 0.99
    assert all(alpha + sigma == pytest.approx(1) for alpha, sigma in levels)
    for (_, sigma), timestep in zip(levels, scheduler.timesteps, strict=True):
        assert timestep_of(scheduler, (1 - sigma, sigma)) == pytest.approx(float(timestep), abs=1)


@pytest.mark.parametrize("name", sorted(set(FLOW) - {Scheduler.DPMPP_2M_SDE}))
def test_larger_pictures_stay_longer_in_the_noise(name: Scheduler) -> None:
    small, large = (
        make_scheduler(name, CONFIGS["flux"], 6, Size(side, side)).sigmas for side in (512, 1536)
    )
    assert (large[1:-1] > small[1:-1]).all()


def test_heun_evaluates_at_eulers_levels() -> None:
    euler = make_scheduler(Scheduler.EULER, CONFIGS["flux"], 4, PARENT.size)
    heun = make_scheduler(Scheduler.HEUN, CONFIGS["flux"], 4, PARENT.size)
    assert heun.timesteps[[0, 1, 3, 5]].equal(euler.timesteps)
    assert heun.timesteps[[0, 2, 4, 6]].equal(euler.timesteps)
    assert len(heun.sigmas) == len(heun.timesteps) + 1


@pytest.mark.parametrize("after", FLOW)
@pytest.mark.parametrize("before", FLOW)
@pytest.mark.parametrize("changes", [{}, {"num_inference_steps": 16}, {"model": "sd3"}])
def test_a_branch_begins_where_its_parent_stopped(
    before: Scheduler, after: Scheduler, changes: dict[str, Any]
) -> None:
    parent = replace(PARENT, scheduler=before)
    request = replace(parent, branch=Branch(parent, 4), scheduler=after, **changes)
    theirs, mine = schedule_of(parent, config_of), schedule_of(request, config_of)
    assert mine.total_steps == request.num_inference_steps
    wanted = theirs.level_after(4)[1]
    assert mine.level_after(4)[1] == pytest.approx(wanted, abs=0.06)
    assert mine.progress_at(mine.index_after(4)) == pytest.approx(
        theirs.progress_at(theirs.index_after(4))
    )
    assert mine.flows
    assert not mine.explodes
    assert mine.prediction_type == "flow_prediction"


def test_who_goes_on_as_if_nothing_had_happened() -> None:
    schedule = schedule_of(PARENT, config_of)

    def goes(**changes: Any) -> bool:
        request = replace(PARENT, branch=Branch(PARENT, 4), **changes)
        return goes_on(request, PARENT, schedule, config_of)

    assert goes()
    assert goes(model="twin")
    assert not goes(model="sd3")
    assert not goes(model="flux2")  # the same file, another spacing
    assert not goes(scheduler=Scheduler.UNIPC)


def test_latents_lie_under_noise_as_the_pipelines_have_it() -> None:
    clean, noise = torch.randn(2, 4, 6, 8), torch.randn(2, 4, 6, 8)
    schedule = schedule_of(PARENT, config_of)
    for index, (alpha, sigma) in enumerate(schedule.noise_levels):
        mixed = schedule.under_noise(clean, noise, index)
        assert torch.allclose(mixed, alpha * clean + sigma * noise, atol=1e-6)
        assert schedule.seen(mixed, index) is mixed
    scheduler = schedule.scheduler
    theirs = scheduler.scale_noise(clean, scheduler.timesteps[:1].repeat(2), noise)
    assert torch.equal(schedule.under_noise(clean, noise, 0), theirs)
