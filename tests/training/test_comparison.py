"""Variants of the recipe are trained for the same time, measured alike, and kept one by one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from studio.training.comparison import (
    VARIANTS,
    Run,
    compare,
    exam,
    load_runs,
    save_runs,
    to_markdown,
)
from studio.training.denoiser import Trainer
from studio.training.drawings import Drawings
from studio.training.evaluation.classifier import Classifier
from studio.training.perceptual import PerceptualDistance
from studio.training.recipe import Recipe
from tests.support.tiny_training import TINY, fitted

RUNS = [Run("this", 300.0, 14_500_000, 9600, 0.41234, 0.25), Run("that", 20.0, 8, 48, 0.5, 0.3)]


@pytest.fixture
def judge() -> PerceptualDistance:
    torch.manual_seed(0)
    return PerceptualDistance(Classifier(["disc", "box"], ["flat", "soft"]))


@pytest.fixture
def new_trainer(drawings: Drawings, judge: PerceptualDistance) -> object:
    parts = fitted(drawings)

    def new(recipe: Recipe) -> Trainer:
        perceptual = judge if recipe.perceptual_weight else None
        return Trainer(recipe, drawings, *parts, perceptual=perceptual)

    return new


def test_variants_learn_and_are_compared(new_trainer, judge: PerceptualDistance) -> None:  # type: ignore[no-untyped-def]
    runs = list(compare(new_trainer, TINY, 0.3, judge))
    assert [run.variant for run in runs] == list(VARIANTS)
    assert all(run.pictures > 0 and 0 < run.error < 10 and 0 < run.distance < 2 for run in runs)
    assert to_markdown(runs).count("\n") == len(VARIANTS) + 2


def test_what_is_done_is_not_done_again(new_trainer, judge: PerceptualDistance) -> None:  # type: ignore[no-untyped-def]
    *done, last = VARIANTS
    assert [run.variant for run in compare(new_trainer, TINY, 0.1, judge, done)] == [last]


def test_the_recipes_own_hours_and_steps_play_no_part(  # type: ignore[no-untyped-def]
    new_trainer, judge: PerceptualDistance
) -> None:
    asked: list[Recipe] = []

    def noting(recipe: Recipe) -> Trainer:
        asked.append(recipe)
        trainer: Trainer = new_trainer(recipe)
        return trainer

    next(compare(noting, TINY, 0.1, judge))
    assert (asked[0].hours, asked[0].steps) == (0.1 / 3600, 0)


def test_who_sees_through_the_noise_makes_no_error(  # type: ignore[no-untyped-def]
    new_trainer, judge: PerceptualDistance
) -> None:
    tiny = new_trainer(TINY)
    seer = SimpleNamespace(
        scheduler=tiny.scheduler,
        drawings=tiny.drawings,
        recipe=TINY,
        device=tiny.device,
        encode=tiny.encode,
        decode=tiny.decode,
        picture_of=tiny.picture_of,
        read=lambda captions: captions,
        predict=lambda latents, noise, times, words: tiny.scheduler.get_velocity(
            latents, noise, times
        ),
    )
    error, distance = exam(seer, judge)  # type: ignore[arg-type]
    assert error < 1e-9
    assert distance < 1e-4
    blind_error, blind_distance = exam(tiny, judge)
    assert blind_error > 0.1
    assert blind_distance > 0.01


def test_runs_are_kept_and_found_by_their_time(tmp_path: Path) -> None:
    save_runs(tmp_path / "runs.json", RUNS)
    assert load_runs(tmp_path / "runs.json", 300.0) == RUNS[:1]
    assert load_runs(tmp_path / "runs.json", 60.0) == []


def test_a_row_tells_all_of_a_run() -> None:
    row = to_markdown(RUNS).splitlines()[2]
    assert row == "| this | 14.5 M | 300 | 9,600 | 0.412 | 0.250 |"
