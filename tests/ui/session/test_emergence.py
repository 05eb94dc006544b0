import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.geometry import Size
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
