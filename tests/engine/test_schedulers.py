"""The table of schedulers and what is respected of a model's own configuration."""

from __future__ import annotations

from typing import Any

import pytest

from studio.domain.errors import RequestError
from studio.domain.schedulers import Scheduler
from studio.engine.schedulers import RECIPES, make_scheduler, noise_level
from tests.support.tiny_models import SCHEDULER_CONFIG


def make(name: Scheduler, steps: int = 4, **config: Any) -> Any:
    return make_scheduler(name, {**SCHEDULER_CONFIG, **config}, steps)


def test_every_name_has_a_recipe() -> None:
    assert set(RECIPES) == set(Scheduler)


@pytest.mark.parametrize("name", Scheduler)
def test_the_models_configuration_is_respected(name: Scheduler) -> None:
    scheduler = make(name, prediction_type="v_prediction", beta_end=0.02)
    assert scheduler.config.prediction_type == "v_prediction"
    assert scheduler.config.beta_end == 0.02
    assert getattr(scheduler.config, "steps_offset", 1) == 1
    assert not getattr(scheduler.config, "clip_sample", False)


@pytest.mark.parametrize("name", sorted(set(Scheduler) - {Scheduler.LCM}))
def test_trailing_steps_begin_at_the_last_timestep(name: Scheduler) -> None:
    assert float(make(name, timestep_spacing="trailing").timesteps[0]) == pytest.approx(999)


@pytest.mark.parametrize("name", Scheduler)
def test_noise_levels_fall_and_keep_the_variance(name: Scheduler) -> None:
    scheduler = make(name, steps=6)
    levels = [noise_level(scheduler, i, t) for i, t in enumerate(scheduler.timesteps)]
    sigmas = [sigma for _, sigma in levels]
    assert sigmas == sorted(sigmas, reverse=True)
    assert sigmas[0] > 0.9
    assert all(alpha**2 + sigma**2 == pytest.approx(1) for alpha, sigma in levels)


def test_more_steps_than_lcm_can_take_are_refused_in_a_sentence() -> None:
    with pytest.raises(RequestError, match="at most 50 steps"):
        make(Scheduler.LCM, steps=51)


def test_euler_a_says_that_it_cannot_serve_a_model_that_predicts_pictures() -> None:
    with pytest.raises(RequestError, match="Euler a"):
        make(Scheduler.EULER_A, prediction_type="sample")
