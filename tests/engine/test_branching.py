"""Oracles of kept steps and branches: the same bits, whether or not anything was kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from studio.domain.branch import Branch
from studio.domain.errors import RequestError
from studio.domain.events import StepSnapshot
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.engine.control import Control
from studio.engine.denoise import denoise, prepare
from studio.engine.families.sd import StableDiffusion
from studio.engine.preview import to_pixels
from studio.library.store import Store
from tests.engine.test_runner import CountingFamily
from tests.support.remembering_studio import RememberingStudio, same_snapshot

TASKS = ["text", "image", "inpaint"]


@pytest.fixture
def counted(tiny_family: StableDiffusion) -> CountingFamily:
    return CountingFamily(tiny_family)


@pytest.fixture
def studio(tiny_model: ModelInfo, counted: CountingFamily) -> RememberingStudio:
    return RememberingStudio(tiny_model, {"tiny": counted, "twin": counted})  # type: ignore[dict-item]


def ways(studio: RememberingStudio) -> Iterator[str]:
    """First by what is kept, then without."""
    yield "kept"
    studio.forget()
    yield "forgotten"


# Keeping a step


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("scheduler", Scheduler)
def test_a_kept_step_is_what_the_model_imagined(
    studio: RememberingStudio, tiny_family: StableDiffusion, scheduler: Scheduler, task: str
) -> None:
    request = studio.request(task, scheduler=scheduler)
    whole = studio.finish(request, keep=True)
    for way in ways(studio):
        for last in range(1, request.whole_way + 1):
            kept = studio.finish(replace(request, last_step=last))
            if way == "kept":
                assert studio.told == [last]
                assert kept.first_step == last - 1
            else:
                assert studio.told == list(range(1, last + 1))
                assert kept.first_step == 0
            assert studio.totals[-1] == last
            assert np.array_equal(kept.previews, whole.previews[kept.first_step : last])
            theirs = whole.snapshots[kept.first_step : last + 1]
            assert all(map(same_snapshot, kept.snapshots, theirs))
            assert len(kept.snapshots) == len(theirs)
            assert np.array_equal(kept.images, whole.images) == (last == request.whole_way)
            if kept.painted is not None:
                assert kept.images.shape == whole.images.shape
    if task == "text":
        step = list(denoise(prepare(tiny_family, request)))[1]
        kept = studio.finish(replace(request, last_step=2))
        pixels = to_pixels(tiny_family.decode(step.denoised())).numpy()
        assert np.array_equal(kept.images, pixels)


def test_keeping_a_kept_step_takes_one_step(
    studio: RememberingStudio, counted: CountingFamily
) -> None:
    request = studio.request()
    studio.finish(request, keep=True)
    counted.predictions = 0
    studio.finish(replace(request, last_step=4))
    assert counted.predictions == 1


def test_a_step_of_several_pictures_can_be_kept(studio: RememberingStudio) -> None:
    request = studio.request(num_images_per_prompt=2, upscale=2)
    studio.finish(request, keep=True)
    kept = studio.finish(replace(request, last_step=3))
    assert studio.told == [3]
    assert kept.images.shape == (2, 48, 64, 3)
    studio.forget()
    assert np.array_equal(studio.finish(replace(request, last_step=3)).images, kept.images)


# Branches that change nothing


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("scheduler", Scheduler)
def test_finished_from_any_step_it_is_the_picture_itself(
    studio: RememberingStudio, scheduler: Scheduler, task: str
) -> None:
    request = studio.request(task, scheduler=scheduler)
    whole = studio.finish(request, keep=True)
    for way in ways(studio):
        for step in range(request.whole_way):
            again = studio.finish(replace(request, branch=Branch(request, step)))
            first_told = step + 1 if way == "kept" else 1
            assert studio.told == list(range(first_told, request.whole_way + 1))
            assert set(studio.totals) == {request.whole_way}
            assert np.array_equal(again.images, whole.images)
            assert again.first_step == step
            assert np.array_equal(again.previews, whole.previews[step:])
            assert all(map(same_snapshot, again.snapshots, whole.snapshots[step:]))
            assert len(again.snapshots) == request.whole_way - step + 1


def test_a_step_that_was_kept_as_a_picture_is_finished_from(studio: RememberingStudio) -> None:
    request = studio.request(scheduler=Scheduler.DPMPP_2M)
    whole = studio.finish(request)
    ended = replace(request, last_step=3)
    studio.finish(ended, keep=True)
    for _ in ways(studio):
        finished = studio.finish(replace(request, branch=Branch(ended, 3)))
        assert np.array_equal(finished.images, whole.images)


def test_a_model_with_the_same_schedule_goes_on_with_all_of_its_memory(
    studio: RememberingStudio,
) -> None:
    request = studio.request(scheduler=Scheduler.UNIPC)
    whole = studio.finish(request, keep=True)
    for _ in ways(studio):
        other = studio.finish(replace(request, model="twin", branch=Branch(request, 2)))
        assert np.array_equal(other.images, whole.images)


# Branches that change something

CHANGES: list[dict[str, Any]] = [
    {"prompt": "a dog"},
    {"negative_prompt": "snow"},
    {"guidance_scale": 1.0},
    {"seed": 6},
    {"scheduler": Scheduler.EULER_A},
    {"scheduler": Scheduler.HEUN},
    {"scheduler": Scheduler.UNIPC},
    {"scheduler": Scheduler.LCM},
    {"num_inference_steps": 9},
    {"num_inference_steps": 4},
]
STOCHASTIC = {Scheduler.EULER_A, Scheduler.DPMPP_2M_SDE, Scheduler.LCM}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: "-".join(map(str, change.values())))
@pytest.mark.parametrize("scheduler", Scheduler)
def test_a_branch_is_the_same_whether_or_not_its_parent_was_kept(
    studio: RememberingStudio, scheduler: Scheduler, change: dict[str, Any]
) -> None:
    parent = studio.request(scheduler=scheduler)
    whole = studio.finish(parent, keep=True)
    request = replace(parent, branch=Branch(parent, 2), **change)
    first = studio.finish(request, keep=True)
    assert studio.told == list(range(3, request.whole_way + 1))
    assert [s.step for s in first.snapshots] == list(range(2, request.whole_way + 1))
    assert len(first.previews) == request.whole_way - 2
    assert np.isfinite(first.snapshots[-1].tensors["latents"]).all()
    changes_steps = "seed" not in change or scheduler in STOCHASTIC
    if change.get("scheduler") is not scheduler:
        assert np.array_equal(first.images, whole.images) != changes_steps

    # Its own steps are found, and those of its parent.
    kept = studio.finish(replace(request, last_step=request.whole_way))
    assert studio.told == [request.whole_way]
    assert np.array_equal(kept.images, first.images)
    studio.forget()
    again = studio.finish(request)
    assert studio.told == list(range(1, request.whole_way + 1))
    assert np.array_equal(again.images, first.images)
    assert np.array_equal(again.previews, first.previews)
    assert all(map(same_snapshot, again.snapshots, first.snapshots))


@pytest.mark.parametrize("task", ["image", "inpaint"])
@pytest.mark.parametrize("scheduler", [Scheduler.EULER, Scheduler.DPMPP_2M_SDE, Scheduler.DDIM])
def test_so_is_one_of_a_start_picture(
    studio: RememberingStudio, scheduler: Scheduler, task: str
) -> None:
    parent = studio.request(task, scheduler=scheduler)
    whole = studio.finish(parent, keep=True)
    other = Scheduler.HEUN if scheduler is Scheduler.EULER else Scheduler.EULER
    changes: list[dict[str, Any]] = [
        {"prompt": "a dog", "seed": 9},
        {"scheduler": other},
        {"num_inference_steps": 12, "seed": 9},
    ]
    for step in (0, 1, 3):
        for change in changes:
            request = replace(parent, branch=Branch(parent, step), **change)
            studio.finish(parent, keep=True)
            first = studio.finish(request)
            studio.forget()
            again = studio.finish(request)
            assert np.array_equal(first.images, again.images)
            # The last step of Heun is one of Euler.
            assert np.array_equal(first.images, whole.images) == (
                step == 3 and change == {"scheduler": Scheduler.HEUN}
            )
            assert all(map(same_snapshot, again.snapshots, first.snapshots))


def test_a_chain_of_branches_is_found_and_made_anew(studio: RememberingStudio) -> None:
    first = studio.request(scheduler=Scheduler.DPMPP_2M)
    second = replace(first, prompt="a dog", scheduler=Scheduler.EULER_A, branch=Branch(first, 2))
    third = replace(second, num_inference_steps=8, branch=Branch(second, 3))
    # The steps before 2 are the first one's, whoever is named as the parent.
    fourth = replace(third, prompt="a bird", branch=Branch(third, 1))
    for request in (first, second, third):
        studio.finish(request, keep=True)
    kept = [studio.finish(request).images for request in (third, fourth)]
    studio.forget()
    again = [studio.finish(request).images for request in (third, fourth)]
    assert all(map(np.array_equal, kept, again))
    assert np.array_equal(studio.finish(replace(fourth, branch=Branch(first, 1))).images, kept[1])


def test_at_the_noise_a_branch_is_the_picture_of_that_noise(studio: RememberingStudio) -> None:
    parent = studio.request(scheduler=Scheduler.EULER, seed=3)
    alone = studio.request(scheduler=Scheduler.DDIM, seed=3, prompt="a dog", num_inference_steps=7)
    branch = replace(alone, branch=Branch(parent, 0))
    difference = studio.finish(branch).images.astype(int) - studio.finish(alone).images
    assert np.abs(difference).max() <= 1


# What was kept may be damaged


def damaged(snapshot: StepSnapshot, how: str) -> StepSnapshot:
    tensors = dict(snapshot.tensors)
    match how:
        case "state":
            return dataclasses.replace(snapshot, state="{")
        case "attribute":
            return dataclasses.replace(snapshot, state='{"bfloat16": [], "scheduler": {"step": 1}}')
        case "latents":
            del tensors["latents"]
        case "shape":
            tensors["latents"] = tensors["latents"][..., :1]
        case "generator":
            tensors["generator.0"] = tensors["generator.0"][:9]
    return dataclasses.replace(snapshot, tensors=tensors)


@pytest.mark.parametrize("how", ["state", "attribute", "latents", "generator", "shape"])
def test_damaged_steps_are_taken_anew(studio: RememberingStudio, how: str) -> None:
    request = studio.request(scheduler=Scheduler.EULER_A)
    whole = studio.finish(request, keep=True)
    kept = studio.finish(replace(request, last_step=3))
    for place, snapshot in studio.kept.items():
        studio.kept[place] = damaged(snapshot, how)
    again = studio.finish(replace(request, last_step=3))
    assert np.array_equal(kept.images, again.images)
    if how != "shape":
        finished = studio.finish(replace(request, branch=Branch(request, 2)))
        assert np.array_equal(finished.images, whole.images)


def test_the_history_is_where_kept_steps_are_found(
    studio: RememberingStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = studio.request("inpaint", scheduler=Scheduler.DPMPP_2M_SDE)
    whole = studio.finish(request)
    store = Store(tmp_path / "pictures", tmp_path / "data")
    store.record(whole.images[0], request, snapshots=whole.snapshots)
    monkeypatch.setattr(studio.runner, "_find_snapshot", store.snapshot_of)
    finished = studio.finish(replace(request, branch=Branch(request, 2)))
    assert studio.told == [3, 4]
    assert np.array_equal(finished.images, whole.images)
    store.close()


def test_a_library_that_fails_keeps_nothing(
    studio: RememberingStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(digest: str, step: int) -> None:
        raise RequestError("The history is locked.")

    request = studio.request()
    whole = studio.finish(request)
    monkeypatch.setattr(studio.runner, "_find_snapshot", fail)
    finished = studio.finish(replace(request, branch=Branch(request, 2)))
    assert np.array_equal(finished.images, whole.images)


def test_other_latents_are_refused_in_a_sentence(
    studio: RememberingStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = studio.request()
    studio.finish(parent, keep=True)
    for place, snapshot in studio.kept.items():
        studio.kept[place] = damaged(snapshot, "shape")
    with pytest.raises(RequestError, match="other latents"):
        studio.finish(replace(parent, branch=Branch(parent, 2)))


# Models


def test_another_model_goes_on_from_the_steps_of_the_first(
    tiny_model: ModelInfo, tiny_family: StableDiffusion
) -> None:
    torch.manual_seed(8)
    other = StableDiffusion(
        unet=type(tiny_family.unet).from_config(tiny_family.unet.config).eval(),
        vae=tiny_family.vae,
        text_encoder=tiny_family.text_encoder,
        tokenizer=tiny_family.tokenizer,
        scheduler_config={**tiny_family.scheduler_config, "prediction_type": "v_prediction"},
    )
    other.unet.requires_grad_(False)
    studio = RememberingStudio(tiny_model, {"tiny": tiny_family, "other": other})
    for scheduler in (Scheduler.EULER, Scheduler.UNIPC):
        parent = studio.request(scheduler=scheduler)
        whole = studio.finish(parent, keep=True)
        request = replace(parent, model="other", branch=Branch(parent, 3))
        first = studio.finish(request)
        assert studio.told == [4, 5]
        studio.forget()
        again = studio.finish(request)
        assert studio.told == [1, 2, 3, 4, 5]
        assert np.array_equal(first.images, again.images)
        assert not np.array_equal(first.images, whole.images)


# Cancelling


def test_cancelled_while_its_parents_steps_are_taken_it_ends(
    studio: RememberingStudio, counted: CountingFamily
) -> None:
    parent = studio.request()
    request = replace(parent, prompt="a dog", branch=Branch(parent, 3))
    control, told = Control(), []
    for event in studio.runner.run(request, control):
        told.append(event)
        if len(told) == 2:
            control.cancel()
    assert len(told) == 2
    assert counted.predictions == 2
    assert counted.decodes == 0


def test_a_request_without_either_asks_for_nothing_kept(
    studio: RememberingStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Request] = []
    monkeypatch.setattr(Request, "digest", property(lambda self: asked.append(self) or "x"))
    studio.finish(studio.request())
    assert asked == []
