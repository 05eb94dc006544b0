import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.branch import Branch
from studio.domain.geometry import Size
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.ui.session import Emergence


def frame(value: int) -> np.ndarray:
    return np.full((8, 8, 3), value, np.uint8)


def emerging(*steps: int, total: int = 10) -> Emergence:
    emergence = Emergence(Size(64, 64), total)
    for step in steps:
        emergence.add(step, frame(step))
    return emergence


def test_it_follows_the_newest_frame_until_a_step_is_chosen():
    emergence = emerging(1, 2)
    assert emergence.pixels[0, 0, 0] == 2
    emergence.show(1)
    emergence.add(3, frame(3))
    assert emergence.pixels[0, 0, 0] == 1
    emergence.follow()
    assert emergence.pixels[0, 0, 0] == 3


def test_a_dropped_preview_shows_the_step_before_it():
    emergence = emerging(1, 4)
    assert emergence.frame(3)[0, 0, 0] == 1
    assert emergence.frame(0) is None


def test_a_finished_picture_is_its_last_step():
    emergence = emerging(1, total=2)
    image = np.full((64, 64, 3), 200, np.uint8)
    emergence.complete(image, np.stack([frame(1), frame(2)]))
    assert emergence.pixels is image
    emergence.show(1)
    assert emergence.pixels[0, 0, 0] == 1
    emergence.show(2)
    assert emergence.pixels is image


def test_a_picture_without_steps_still_shows():
    image = np.zeros((32, 48, 3), np.uint8)
    emergence = Emergence.of_finished(image, None)
    assert emergence.pixels is image
    assert (emergence.size, emergence.total_steps) == (Size(48, 32), 0)


@given(st.lists(st.integers(1, 20), min_size=1, unique=True), st.integers(-5, 30))
def test_scrubbing_stays_among_the_steps_there_are(steps: list[int], wanted: int):
    emergence = emerging(*sorted(steps), total=20)
    emergence.show(wanted)
    assert 1 <= emergence.shown_step <= max(steps)


def test_choosing_the_step_that_is_shown_announces_nothing():
    emergence = emerging(1, 2, 3)
    emergence.show(2)
    announced: list[None] = []
    emergence.shown_changed.connect(lambda: announced.append(None))
    emergence.show(2)
    emergence.add(4, frame(4))
    assert announced == []


def a_request(**changes: object) -> Request:
    values: dict[str, object] = {"prompt": "an owl", "num_inference_steps": 10}
    return Request(seed=7, model="tiny", width=64, height=64, **{**values, **changes})


def previews(count: int) -> np.ndarray:
    return np.stack([frame(10 * step) for step in range(1, count + 1)])


IMAGE = np.full((64, 64, 3), 255, np.uint8)


def test_a_stopped_picture_shows_the_whole_way_and_ends_where_it_was_stopped():
    emergence = Emergence.of_finished(IMAGE, previews(6))
    emergence.of(a_request(last_step=6))
    assert (emergence.total_steps, emergence.newest_step, emergence.shown_step) == (10, 6, 6)
    assert emergence.pixels is IMAGE
    emergence.show(5)
    assert emergence.pixels[0, 0, 0] == 50
    emergence.show(9)
    assert emergence.shown_step == 6
    assert emergence.pixels is IMAGE


def test_steps_that_were_not_kept_can_be_chosen_all_the_same():
    emergence = Emergence.of_finished(IMAGE, None)
    assert emergence.total_steps == 0
    emergence.of(a_request())
    assert (emergence.total_steps, emergence.has_frames) == (10, False)
    emergence.show(4)
    assert emergence.shown_step == 4
    assert emergence.pixels is IMAGE
    fresh = Emergence.of_request(a_request())
    fresh.add(4, frame(40))
    emergence.take_frames(fresh)
    assert emergence.pixels[0, 0, 0] == 40


def test_a_branch_begins_with_its_parents_steps():
    parent = a_request()
    child = a_request(prompt="a cat", branch=Branch(parent, 3))
    grandchild = a_request(prompt="a dog", branch=Branch(child, 5))
    emergence = Emergence.of_request(grandchild, [frame(step) for step in range(1, 6)])
    assert emergence.newest_step == 5
    assert emergence.pixels[0, 0, 0] == 5
    assert [branch.step for branch in emergence.branches] == [5, 3]
    assert len(emergence.frames(5)) == 5
    assert emergence.frames(4)[-1][0, 0, 0] == 4


def test_own_steps_alone_stand_where_they_were_taken():
    emergence = Emergence.of_finished(IMAGE, previews(4))
    emergence.of(a_request(branch=Branch(a_request(prompt="a cat"), 6)))
    assert emergence.total_steps == 10
    assert [emergence.frame(step) is None for step in range(1, 11)] == [True] * 6 + [False] * 4
    assert emergence.frame(7)[0, 0, 0] == 10
    assert emergence.frames(10) == ()
    assert len(emergence.known_frames) == 4


def test_what_no_model_drew_in_one_go_has_no_request():
    ref = PictureRef("0" * 64, 64, 64)
    upscaled = Request("", 0, "", 64, 64, num_inference_steps=0, init_image=ref, upscale=2)
    for request in (upscaled, a_request(num_images_per_prompt=2)):
        emergence = Emergence.of_finished(IMAGE, previews(3))
        emergence.of(request)
        assert emergence.request is None
        assert emergence.total_steps == 3
