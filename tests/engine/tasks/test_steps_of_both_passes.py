"""Steps of a second pass are kept as those of the first: the same bits, kept or taken anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.domain.branch import Branch
from studio.domain.events import FinishProgress, StepPreview
from studio.domain.hires import LATENT, HiresFix, Tiling
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.domain.upscalers import UpscalerName
from studio.engine.control import Control
from studio.engine.families.sd import StableDiffusion
from studio.library.store import Store
from tests.engine.test_runner import CountingFamily
from tests.support.remembering_studio import RememberingStudio, same_snapshot
from tests.support.samples import noise

FIRST, SECOND = 3, 2
"""How many steps the passes have."""


@pytest.fixture
def counted(tiny_family: StableDiffusion) -> CountingFamily:
    return CountingFamily(tiny_family)


@pytest.fixture
def studio(tiny_model: ModelInfo, counted: CountingFamily) -> RememberingStudio:
    return RememberingStudio(tiny_model, {"tiny": counted})  # type: ignore[dict-item]


def twice(studio: RememberingStudio, upscaler: str = LATENT, **changes: Any) -> Request:
    hires = HiresFix(40, 32, 0.5, 2 * SECOND, upscaler)
    return studio.request(**{"num_inference_steps": FIRST, "hires": hires, **changes})


def ways(studio: RememberingStudio) -> Iterator[str]:
    yield "kept"
    studio.forget()
    yield "forgotten"


def same(again: Any, whole: Any) -> None:
    """`again` has the picture of `whole` and its steps from the one on that it began with."""
    begins = again.first_step
    assert np.array_equal(again.images, whole.images)
    assert len(again.previews) == len(whole.previews) - begins
    assert all(map(np.array_equal, again.previews, whole.previews[begins:]))
    assert [kept.step for kept in again.snapshots] == list(range(begins, FIRST + SECOND + 1))
    assert all(map(same_snapshot, again.snapshots, whole.snapshots[begins:]))


def test_steps_of_both_passes_are_kept_each_at_its_size(studio: RememberingStudio) -> None:
    request = twice(studio)
    whole = studio.finish(request)
    assert (request.first_way, request.whole_way) == (FIRST, FIRST + SECOND)
    assert studio.told == list(range(1, FIRST + SECOND + 1))
    assert set(studio.totals) == {FIRST + SECOND}
    assert [kept.step for kept in whole.snapshots] == list(range(FIRST + SECOND + 1))
    shapes = [kept.tensors["latents"].shape[2:] for kept in whole.snapshots]
    assert shapes == [(3, 4)] * (FIRST + 1) + [(4, 5)] * SECOND
    assert [frames.shape[1:3] for frames in whole.previews] == [(3, 4)] * FIRST + [(4, 5)] * SECOND


@pytest.mark.parametrize(
    ("scheduler", "upscaler"),
    [
        (Scheduler.UNIPC, LATENT),
        (Scheduler.EULER_A, LATENT),
        (Scheduler.DPMPP_2M_SDE, UpscalerName.FAST),
    ],
)
def test_finished_from_any_step_of_either_pass_it_is_the_picture_itself(
    studio: RememberingStudio, scheduler: Scheduler, upscaler: str
) -> None:
    request = twice(studio, upscaler, scheduler=scheduler)
    whole = studio.finish(request, keep=True)
    for way in ways(studio):
        for step in range(request.whole_way):
            again = studio.finish(replace(request, branch=Branch(request, step)))
            same(again, whole)
            assert again.first_step == step
            if way == "kept" and step != FIRST:
                assert studio.told == list(range(step + 1, request.whole_way + 1))


def test_from_a_kept_step_of_the_second_pass_only_the_rest_is_drawn(
    studio: RememberingStudio, counted: CountingFamily
) -> None:
    request = twice(studio)
    studio.finish(request, keep=True)
    counted.predictions = 0
    studio.finish(replace(request, branch=Branch(request, FIRST + 1)))
    assert counted.predictions == SECOND - 1


def test_any_step_can_be_kept_as_a_picture_and_finished_from(studio: RememberingStudio) -> None:
    request = twice(studio)
    whole = studio.finish(request, keep=True)
    for way in ways(studio):
        for last in range(1, request.whole_way + 1):
            ended = replace(request, last_step=last)
            ready = studio.finish(ended, keep=way == "kept")
            size = (24, 32) if last <= FIRST else (32, 40)
            assert ready.images.shape == (1, *size, 3)
            assert ended.finished_size == request.size_at(last)
            assert np.array_equal(ready.images, whole.images) == (last == request.whole_way)
            theirs = whole.snapshots[ready.first_step : last + 1]
            assert len(ready.snapshots) == len(theirs)
            assert all(map(same_snapshot, ready.snapshots, theirs))
            if last < request.whole_way:
                finished = studio.finish(replace(request, branch=Branch(ended, last)))
                same(finished, whole)


def test_a_branch_in_the_second_pass_is_found_and_made_anew(studio: RememberingStudio) -> None:
    parent = twice(studio)
    whole = studio.finish(parent, keep=True)
    child = replace(parent, prompt="a dog", seed=8, branch=Branch(parent, FIRST + 1))
    first = studio.finish(child, keep=True)
    assert not np.array_equal(first.images, whole.images)
    # An earlier step of its parent, named through it.
    grandchild = replace(child, prompt="an owl", branch=Branch(child, 2))
    second = studio.finish(grandchild)
    assert second.first_step == 2
    studio.forget()
    same(studio.finish(child), _padded(first, whole))
    assert np.array_equal(studio.finish(grandchild).images, second.images)


def test_between_the_passes_another_second_pass_can_begin(studio: RememberingStudio) -> None:
    alone = studio.request(num_inference_steps=FIRST)
    request = twice(studio)
    whole = studio.finish(request)
    studio.finish(alone, keep=True)
    for _ in ways(studio):
        added = studio.finish(replace(request, branch=Branch(alone, FIRST)))
        same(added, whole)


@pytest.mark.parametrize("step", range(1, FIRST + SECOND))
def test_what_is_painted_on_a_step_of_either_pass_is_gone_on_from(
    studio: RememberingStudio, step: int
) -> None:
    parent = twice(studio, scheduler=Scheduler.DPMPP_2M)
    whole = studio.finish(parent, keep=True)
    size = parent.size_at(step)
    stroke = np.zeros((size.height, size.width, 4), np.uint8)
    stroke[8:16, 8:16] = (250, 10, 20, 255)
    painted = studio.adopt(stroke)
    request = replace(parent, branch=Branch(parent, step, painted))
    first = studio.finish(request, keep=True)
    assert first.first_step == step
    assert not np.array_equal(first.images, whole.images)
    nothing = studio.adopt(np.zeros_like(stroke))
    same(studio.finish(replace(request, branch=Branch(parent, step, nothing))), whole)
    further = replace(request, prompt="a dog", branch=Branch(request, FIRST + SECOND - 1))
    after = None
    for _ in ways(studio):
        assert np.array_equal(studio.finish(request).images, first.images)
        if step < FIRST + SECOND - 1:
            grown = studio.finish(further).images
            assert after is None or np.array_equal(grown, after)
            after = grown


def test_stopped_in_either_pass_it_goes_all_its_way_from_there(studio: RememberingStudio) -> None:
    request = twice(studio)
    whole = studio.finish(request)
    for at in range(1, request.whole_way):

        def stop(event: StepPreview, control: Control, at: int = at) -> None:
            if event.step == at:
                control.stop_here()

        ended = studio.finish(request, stop, keep=True)
        # What was asked for while a step was drawn holds for the next one.
        assert ended.request.last_step in (at, at + 1)
        assert ended.request.hires == request.hires
        last = ended.request.last_step
        finished = studio.finish(replace(request, branch=Branch(ended.request, last)))
        same(finished, whole)


def test_steps_more_in_the_first_pass_are_followed_by_the_second(studio: RememberingStudio) -> None:
    def more(event: StepPreview, control: Control) -> None:
        if event.step == 1:
            control.go_further(2)

    made = studio.finish(twice(studio), more, keep=True)
    assert made.request.first_way == FIRST + 2
    assert made.images.shape == (1, 32, 40, 3)
    assert [kept.step for kept in made.snapshots] == list(range(FIRST + 2 + SECOND + 1))
    for _ in ways(studio):
        again = studio.finish(made.request)
        assert np.array_equal(again.images, made.images)


def test_several_pictures_have_all_their_steps(studio: RememberingStudio) -> None:
    ready = studio.finish(twice(studio, num_images_per_prompt=2))
    assert [len(frames) for frames in ready.previews] == [2] * (FIRST + SECOND)
    ended = studio.finish(twice(studio, num_images_per_prompt=2, last_step=FIRST + 1))
    assert ended.images.shape == (2, 32, 40, 3)


def test_after_a_restart_they_are_found_on_the_disk(
    studio: RememberingStudio, tmp_path: Path
) -> None:
    request = twice(studio, scheduler=Scheduler.EULER_A)
    whole = studio.finish(request)
    store = Store(tmp_path / "pictures", tmp_path / "data")
    frames = [preview[0] for preview in whole.previews]
    store.record(whole.images[0], request, previews=frames, snapshots=whole.snapshots)
    store.close()

    store = Store(tmp_path / "pictures", tmp_path / "data")
    for step in range(FIRST + SECOND + 1):
        kept = store.snapshot_of(request.digest, step)
        assert kept is not None and same_snapshot(kept, whole.snapshots[step])
        studio.kept[request.digest, step] = kept
    again = studio.finish(replace(request, branch=Branch(request, FIRST + 1)))
    same(again, whole)
    assert studio.told == [FIRST + SECOND]
    store.close()


def test_the_network_that_enlarges_isnt_asked_again(studio: RememberingStudio) -> None:
    request = twice(studio, UpscalerName.FAST)
    studio.finish(request, keep=True)
    child = replace(request, branch=Branch(request, FIRST + 1))
    events = list(studio.runner.run(child, Control(1)))
    assert not any(isinstance(event, FinishProgress) for event in events)


def _padded(own: Any, parent: Any) -> Any:
    """All that there is of a branch: its parent's steps, then its own."""
    begins = own.first_step
    return replace(
        own,
        previews=(*parent.previews[:begins], *own.previews),
        snapshots=(*parent.snapshots[:begins], *own.snapshots),
    )


def test_steps_of_an_upscaling_with_refinement_are_kept_and_gone_on_from(
    studio: RememberingStudio,
) -> None:
    start = studio.adopt(noise(4, 24, 16))
    request = studio.request(
        width=48, height=32, init_image=start, strength=0.7, tiling=Tiling(32, 8)
    )
    whole = studio.finish(request, keep=True)
    assert [kept.step for kept in whole.snapshots] == list(range(request.whole_way + 1))
    assert len(whole.previews) == request.whole_way
    for _ in ways(studio):
        again = studio.finish(replace(request, branch=Branch(request, 1)))
        assert np.array_equal(again.images, whole.images)
        assert all(map(same_snapshot, again.snapshots, whole.snapshots[1:]))
