"""Which steps a branch has left, and where they begin."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.branch import Branch
from studio.domain.errors import RequestError
from studio.domain.request import PictureRef, Request
from studio.domain.schedulers import Scheduler
from studio.engine.schedule import (
    is_same_level,
    origin,
    schedule_of,
    timestep_of,
    who_took,
)
from studio.engine.schedulers import VARIANCE_EXPLODING, make_scheduler, noise_level
from tests.support.tiny_models import SCHEDULER_CONFIG

START = PictureRef("0" * 64, 32, 24)
PARENT = Request("a cat", 7, "tiny", 32, 24, num_inference_steps=12)


def config_of(model: str) -> Mapping[str, Any]:
    return SCHEDULER_CONFIG


def branched(parent: Request, step: int, **changes: Any) -> Request:
    return replace(parent, branch=Branch(parent, step), **changes)


@pytest.mark.parametrize("name", Scheduler)
def test_which_schedulers_work_on_latents_that_explode(name: Scheduler) -> None:
    scheduler = make_scheduler(name, SCHEDULER_CONFIG, 4)
    ones = torch.ones(1, 1, 1, 1)
    alpha, _ = noise_level(scheduler, 0, scheduler.timesteps[0])
    scaled = float(scheduler.scale_model_input(ones, scheduler.timesteps[0]))
    assert scaled == pytest.approx(alpha if name in VARIANCE_EXPLODING else 1)


@pytest.mark.parametrize("name", Scheduler)
@pytest.mark.parametrize("start", [None, START])
def test_with_scheduler_and_steps_unchanged_it_goes_on_by_its_parents(
    name: Scheduler, start: PictureRef | None
) -> None:
    parent = replace(PARENT, scheduler=name, init_image=start)
    mine, theirs = (
        schedule_of(request, config_of)
        for request in (branched(parent, 3, prompt="a dog", seed=8, guidance_scale=2.0), parent)
    )
    assert mine.first_step == 0
    assert mine.total_steps == parent.whole_way
    assert mine.noise_levels == theirs.noise_levels
    assert torch.equal(mine.timesteps, theirs.timesteps)


def test_another_model_with_another_noise_schedule_changes_it() -> None:
    def config(model: str) -> Mapping[str, Any]:
        betas = {"tiny": 0.012, "like tiny": 0.012, "other": 0.02}
        return {**SCHEDULER_CONFIG, "beta_end": betas[model]}

    like = branched(PARENT, 3, model="like tiny")
    other = branched(PARENT, 3, model="other")
    assert schedule_of(like, config).first_step == 0
    assert schedule_of(other, config).first_step == 3


def distance(level: tuple[float, float], other: tuple[float, float]) -> float:
    """Between their logarithms of noise to signal."""
    return abs(math.log(level[1] / level[0]) - math.log(other[1] / other[0]))


names = st.sampled_from(Scheduler)
ways = st.integers(2, 25)


@given(names, names, ways, ways, st.data())
@settings(max_examples=60, deadline=None)
def test_a_branch_takes_all_its_steps_down_from_about_its_parents_level(
    before: Scheduler, after: Scheduler, steps: int, left: int, data: st.DataObject
) -> None:
    parent = replace(PARENT, scheduler=before, num_inference_steps=steps)
    step = data.draw(st.integers(1, steps - 1))
    request = branched(parent, step, scheduler=after, num_inference_steps=step + left)
    theirs, mine = schedule_of(parent, config_of), schedule_of(request, config_of)

    assert mine.total_steps == request.whole_way
    if mine.first_step == 0:
        assert (before, steps) == (after, request.num_inference_steps)
        return
    assert mine.first_step == step
    sigmas = [sigma for _, sigma in mine.noise_levels[:: mine.scheduler.order]]
    assert sigmas == sorted(sigmas, reverse=True)
    assert len(sigmas) == left
    # No schedule of its own that is one step longer or shorter begins nearer.
    away = distance(mine.noise_levels[0], theirs.level_after(step))
    total = mine.scheduler.num_inference_steps
    for other in (total - 1, total + 1):
        if left <= other <= (50 if after is Scheduler.LCM else 999):
            scheduler = make_scheduler(after, SCHEDULER_CONFIG, other)
            index = (other - left) * scheduler.order
            level = noise_level(scheduler, index, scheduler.timesteps[index])
            assert distance(level, theirs.level_after(step)) > away - 1e-9


@pytest.mark.parametrize("name", [Scheduler.EULER, Scheduler.HEUN, Scheduler.DDIM, Scheduler.LCM])
def test_twice_the_steps_from_the_middle_are_half_of_a_way_of_about_twice_as_many(
    name: Scheduler,
) -> None:
    parent = replace(PARENT, scheduler=name)
    request = branched(parent, 6, num_inference_steps=6 + 12)
    schedule = schedule_of(request, config_of)
    assert 22 <= schedule.scheduler.num_inference_steps <= 26
    theirs = schedule_of(parent, config_of).level_after(6)
    assert schedule.noise_levels[0] == pytest.approx(theirs, abs=0.02)


def test_more_steps_than_lcm_has_left_are_refused() -> None:
    with pytest.raises(RequestError, match="at most 50 steps"):
        schedule_of(branched(PARENT, 3, scheduler=Scheduler.LCM, num_inference_steps=54), config_of)


def test_some_more_steps_after_almost_the_last_one() -> None:
    schedule = schedule_of(branched(PARENT, 11, num_inference_steps=31), config_of)
    assert schedule.total_steps == 31
    assert len(schedule.timesteps) == 20


def test_trailing_steps_are_as_many_as_asked_for() -> None:
    def trailing(model: str) -> Mapping[str, Any]:
        return {**SCHEDULER_CONFIG, "timestep_spacing": "trailing"}

    for step in range(1, 12):
        for left in (1, 5, 30):
            request = branched(PARENT, step, num_inference_steps=step + left, seed=3)
            if request.num_inference_steps != PARENT.num_inference_steps:
                schedule = schedule_of(request, trailing)
                assert len(schedule.timesteps) == left
                assert float(schedule.timesteps[-1]) >= 0


def test_the_way_goes_on_where_it_was() -> None:
    first = branched(PARENT, 4, num_inference_steps=20)
    second = branched(first, 12, num_inference_steps=30)
    third = branched(second, 20, num_inference_steps=40)
    progress = [schedule_of(request, config_of).progress for request in (first, second, third)]
    assert progress == pytest.approx([1 / 3, 1 / 3 + 2 / 3 / 2, 2 / 3 + 1 / 3 * 8 / 18])


@pytest.mark.parametrize("name", Scheduler)
def test_the_timestep_of_a_level_is_the_one_that_it_is_of(name: Scheduler) -> None:
    scheduler = make_scheduler(name, SCHEDULER_CONFIG, 10)
    for index, timestep in enumerate(scheduler.timesteps):
        level = noise_level(scheduler, index, timestep)
        # Karras' sigmas lie between two timesteps.
        assert timestep_of(scheduler, level) == pytest.approx(float(timestep), abs=0.6)
        assert is_same_level(level, level)
        assert not is_same_level(level, (level[0] * 0.99, level[1]))


def test_who_took_a_step_and_who_began() -> None:
    first = branched(PARENT, 4, prompt="a dog")
    second = branched(first, 8, prompt="a bird")
    assert [who_took(second, step).prompt for step in (3, 4, 7, 8, 12)] == [
        "a cat",
        "a dog",
        "a dog",
        "a bird",
        "a bird",
    ]
    assert origin(second) == PARENT
