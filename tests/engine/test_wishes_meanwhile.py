"""While it runs: ended here, taken further, and both; always as a request that can be redone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.branch import Branch
from studio.domain.errors import RequestError
from studio.domain.events import ImageReady, StepPreview
from studio.domain.geometry import Box
from studio.domain.inpaint import Inpaint
from studio.domain.limits import MAX_STEPS
from studio.domain.model import ModelInfo
from studio.domain.request import PictureRef, Request
from studio.domain.schedulers import Scheduler
from studio.engine import create_engine
from studio.engine.branching import with_more_steps
from studio.engine.control import Control
from studio.engine.families.sd import StableDiffusion
from tests.support.remembering_studio import STEPS, RememberingStudio, Wish, same_snapshot

TASKS = ["text", "image", "inpaint"]


@pytest.fixture
def studio(tiny_model: ModelInfo, tiny_family: StableDiffusion) -> RememberingStudio:
    return RememberingStudio(tiny_model, {"tiny": tiny_family})


def at(steps: dict[int, Callable[[Control], None]]) -> Wish:
    """What to do when the preview of a step is told."""

    def wish(event: StepPreview, control: Control) -> None:
        if event.step in steps:
            steps.pop(event.step)(control)

    return wish


def further(steps: int) -> Callable[[Control], None]:
    return lambda control: control.go_further(steps)


def check_it_can_be_redone(studio: RememberingStudio, made: ImageReady) -> None:
    """The request it names gives the same pixels: anew, and from what this job kept."""
    request = made.request
    assert request is not None
    assert Request.from_json(request.to_json()) == request
    anew = studio.finish(request)
    assert np.array_equal(anew.images, made.images)
    assert np.array_equal(anew.previews[-1], made.previews[-1])
    assert same_snapshot(anew.snapshots[-1], made.snapshots[-1])
    studio.keep(request, made)
    again = studio.finish(request)
    only_own = anew.first_step + 1 if request.last_step is None else request.steps_taken
    assert studio.told[0] == only_own
    assert np.array_equal(again.images, made.images)


# Stop here


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("scheduler", Scheduler)
def test_stopped_it_is_what_the_model_imagines_by_then(
    studio: RememberingStudio, scheduler: Scheduler, task: str
) -> None:
    request = studio.request(task, scheduler=scheduler)
    for step in range(1, request.whole_way):
        studio.forget()
        made = studio.finish(request, at({step: Control.stop_here}))
        assert made.request == replace(request, last_step=step)
        assert studio.told == list(range(1, step + 1))
        assert [s.step for s in made.snapshots] == list(range(step + 1))
        assert len(made.previews) == step
        check_it_can_be_redone(studio, made)


def test_stopped_before_its_first_step_it_takes_that_one(studio: RememberingStudio) -> None:
    request = studio.request()
    control = Control()
    control.stop_here()
    *_, made = studio.runner.run(request, control)
    assert isinstance(made, ImageReady)
    assert made.request == replace(request, last_step=1)


def test_stopped_after_its_last_step_it_is_finished(studio: RememberingStudio) -> None:
    request = studio.request()
    made = studio.finish(request, at({STEPS: Control.stop_here}))
    assert made.request is None
    assert np.array_equal(made.images, studio.finish(request).images)


def test_a_branch_is_stopped_after_its_own_first_step_at_the_earliest(
    studio: RememberingStudio,
) -> None:
    parent = studio.request(scheduler=Scheduler.DPMPP_2M)
    request = replace(parent, prompt="a dog", branch=Branch(parent, 3))
    made = studio.finish(request, at({1: Control.stop_here}))
    assert studio.told == [1, 2, 3, 4]
    assert made.request == replace(request, last_step=4)
    check_it_can_be_redone(studio, made)


def test_several_pictures_are_stopped_together(studio: RememberingStudio) -> None:
    request = studio.request(num_images_per_prompt=2)
    made = studio.finish(request, at({2: Control.stop_here}))
    assert made.request == replace(request, last_step=2)
    check_it_can_be_redone(studio, made)


def test_several_working_areas_go_on_to_their_end(studio: RememberingStudio) -> None:
    request = studio.request("inpaint")
    assert request.inpaint is not None
    boxes = (Box(0, 0, 16, 24), Box(16, 0, 16, 24))
    request = replace(request, inpaint=Inpaint(boxes, request.inpaint.mask))
    made = studio.finish(request, at({1: Control.stop_here, 2: further(3)}))
    assert made.request is None
    assert studio.told == list(range(1, 2 * request.whole_way + 1))


# Go further


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("scheduler", Scheduler)
def test_further_it_takes_so_many_steps_more(
    studio: RememberingStudio, scheduler: Scheduler, task: str
) -> None:
    request = studio.request(task, scheduler=scheduler)
    plain = studio.finish(request)
    for step in range(1, request.whole_way):
        studio.forget()
        made = studio.finish(request, at({step: further(3)}))
        total = request.whole_way + 3
        assert studio.told == list(range(1, total + 1))
        assert studio.totals == [request.whole_way] * step + [total] * (total - step)
        assert made.request is not None
        assert made.request.branch == Branch(request, step)
        assert made.request.whole_way == total
        assert [s.step for s in made.snapshots] == list(range(total + 1))
        assert np.array_equal(made.previews[:step], plain.previews[:step])
        assert all(map(same_snapshot, made.snapshots[:step], plain.snapshots[:step]))
        check_it_can_be_redone(studio, made)


def test_before_the_first_step_it_is_a_longer_way_from_the_same_noise(
    studio: RememberingStudio,
) -> None:
    request = studio.request(scheduler=Scheduler.DDIM)
    control = Control()
    control.go_further(2)
    *_, made = studio.runner.run(request, control)
    assert isinstance(made, ImageReady)
    assert made.request == replace(
        request, num_inference_steps=STEPS + 2, branch=Branch(request, 0)
    )
    longer = studio.finish(replace(request, num_inference_steps=STEPS + 2))
    assert np.array_equal(made.images, longer.images)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    "scheduler", [Scheduler.EULER_A, Scheduler.DPMPP_2M, Scheduler.HEUN, Scheduler.UNIPC]
)
def test_wishes_follow_one_another(
    studio: RememberingStudio, scheduler: Scheduler, task: str
) -> None:
    request = studio.request(task, scheduler=scheduler)
    wishes = {1: further(2), 3: further(4), 6: Control.stop_here}
    made = studio.finish(request, at(wishes))
    assert studio.told == [1, 2, 3, 4, 5, 6]
    assert made.request is not None
    assert made.request.last_step == 6
    assert made.request.whole_way == request.whole_way + 6
    assert made.request.branch is not None
    assert made.request.branch.step == 3
    check_it_can_be_redone(studio, made)

    # What was stopped is finished after all, and that goes further once more.
    stopped = made.request
    studio.forget()
    studio.keep(stopped, made)
    finish = replace(stopped, last_step=None, branch=Branch(stopped, 6))
    finished = studio.finish(finish, at({8: further(2)}))
    assert studio.told == list(range(7, request.whole_way + 9))
    assert finished.first_step == 6
    studio.forget()
    check_it_can_be_redone(studio, finished)


def test_both_at_once_it_stops_after_one_more_step(studio: RememberingStudio) -> None:
    request = studio.request()

    def both(control: Control) -> None:
        control.go_further(2)
        control.stop_here()

    made = studio.finish(request, at({2: both}))
    assert made.request == replace(request, last_step=2)
    check_it_can_be_redone(studio, made)


def test_a_kept_step_goes_further_towards_the_end(studio: RememberingStudio) -> None:
    request = studio.request(last_step=2)
    made = studio.finish(request, at({1: further(2)}))
    assert made.request == replace(request, last_step=4)
    check_it_can_be_redone(studio, made)
    made = studio.finish(request, at({1: further(9)}))
    assert made.request == replace(request, last_step=None)


def test_where_there_are_no_more_steps_it_stays_as_it_is(studio: RememberingStudio) -> None:
    several = studio.request(num_images_per_prompt=2)
    plain = studio.finish(several)
    made = studio.finish(several, at({2: further(3)}))
    assert made.request is None
    assert np.array_equal(made.images, plain.images)
    # LCM takes at most 50 steps.
    lcm = studio.request(scheduler=Scheduler.LCM)
    made = studio.finish(lcm, at({2: further(60)}))
    assert made.request is None
    assert np.array_equal(made.images, studio.finish(lcm).images)


def test_there_are_never_more_steps_than_a_request_may_have(studio: RememberingStudio) -> None:
    image = studio.request("image", num_inference_steps=MAX_STEPS - 4, strength=0.5)
    longer = with_more_steps(image, 20, 100)
    assert longer.num_inference_steps == MAX_STEPS
    assert longer.whole_way == MAX_STEPS // 2
    most = replace(image, num_inference_steps=MAX_STEPS)
    assert with_more_steps(most, 20, 1) is most


@given(st.integers(1, MAX_STEPS), st.floats(0.01, 1), st.integers(1, MAX_STEPS), st.data())
def test_a_way_becomes_as_much_longer_as_was_wished(
    steps: int, strength: float, more: int, data: st.DataObject
) -> None:
    start = PictureRef("0" * 64, 32, 24)
    values = {"num_inference_steps": steps, "init_image": start, "strength": strength}
    request = Request("a cat", 5, "tiny", 32, 24, **values)  # type: ignore[arg-type]
    step = data.draw(st.integers(0, request.whole_way - 1))
    longer = with_more_steps(request, step, more)
    most = replace(request, num_inference_steps=MAX_STEPS).whole_way
    assert longer.whole_way == min(request.whole_way + more, most)
    if longer.whole_way > request.whole_way:
        assert longer.branch == Branch(request, step)
        assert replace(longer, num_inference_steps=steps, branch=None) == request
    else:
        assert longer is request


@pytest.mark.parametrize("steps", [0, -3, MAX_STEPS + 1])
def test_nonsense_is_refused(steps: int) -> None:
    control = Control()
    with pytest.raises(RequestError, match="further steps"):
        control.go_further(steps)
    assert control.further_steps == 0


async def test_a_job_of_the_engine_can_do_both(tiny_model: ModelInfo) -> None:
    engine = create_engine(lambda name: tiny_model, lambda digest: np.zeros((1, 1, 3), np.uint8))
    job = engine.submit(Request("a cat", 1, "tiny", 32, 32, num_inference_steps=3))
    job.go_further(2)
    job.go_further(1)
    job.stop_here()
    events = [event async for event in job.events()]
    engine.close()
    made = events[-1]
    assert isinstance(made, ImageReady)
    assert made.request is not None
    assert (made.request.num_inference_steps, made.request.last_step) == (6, 1)
