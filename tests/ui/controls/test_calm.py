"""Numbers change no faster than they can be read, and nothing stale stays."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from studio.ui.controls.calm import INTERVAL_S, Calm
from studio.ui.session import JobStage, Progress


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def at(step: int) -> Progress:
    return Progress(step, 50, 8.0, 1.0)


@given(st.lists(st.floats(0.001, 0.5), min_size=2, max_size=40))
def test_between_the_ends_four_a_second_are_let_through(pauses: list[float]) -> None:
    clock = Clock()
    calm = Calm(clock)
    shown: list[float] = []
    for pause in pauses:
        clock.now += pause
        if calm.lets_through(at(7)):
            shown.append(clock.now)
        else:
            assert clock.now - shown[-1] < INTERVAL_S
    assert all(b - a >= INTERVAL_S for a, b in pairwise(shown))


def test_the_first_the_last_and_the_end_are_always_shown() -> None:
    calm = Calm(Clock())
    assert calm.lets_through(at(0))
    assert calm.lets_through(at(1))
    assert not calm.lets_through(at(2))
    assert calm.lets_through(at(50))
    assert calm.lets_through(None)
    assert calm.lets_through(at(1)), "another job begins anew"
    assert not calm.lets_through(at(2))
    assert calm.lets_through(Progress(1, 8, 0.5, 10.0, JobStage.UPSCALING)), "so does a stage"
