"""The laws of the mailbox: order kept, one preview at most, nothing after the end."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.errors import EngineError
from studio.domain.events import (
    Event,
    FinishProgress,
    JobCancelled,
    JobFailed,
    JobStarted,
    StepPreview,
)
from studio.engine.mailbox import Mailbox, ends_job, is_passing


def preview(step: int) -> StepPreview:
    return StepPreview(1, step, 99, np.zeros((1, 1, 1, 3), np.uint8), 0.0, 0.0)


def step_of(box: Mailbox) -> int:
    event = box.take()
    assert isinstance(event, StepPreview)
    return event.step


def tile(number: int) -> FinishProgress:
    return FinishProgress(1, number, 99, 0.0, 0.0)


events = st.one_of(
    st.just(JobStarted(1)),
    st.integers(1, 99).map(preview),
    st.integers(0, 99).map(tile),
    st.just(JobCancelled(1)),
    st.just(JobFailed(1, EngineError("full"))),
)


@given(st.lists(st.one_of(events, st.none())))
def test_order_is_kept_and_only_what_is_passing_is_dropped(script: list[Event | None]) -> None:
    """None in the script takes one event out."""
    box = Mailbox()
    accepted: list[Event] = []
    taken: list[Event] = []
    for entry in script:
        if entry is None:
            if (event := box.take()) is not None:
                taken.append(event)
        elif box.put(entry):
            accepted.append(entry)
    while (event := box.take()) is not None:
        taken.append(event)

    assert sum(map(ends_job, accepted)) <= 1
    assert not any(map(ends_job, accepted[:-1]))
    remaining = iter(accepted)
    dropped = []
    for event in taken:
        while (candidate := next(remaining)) is not event:
            dropped.append(candidate)
    dropped.extend(remaining)
    assert all(map(is_passing, dropped))


def test_the_last_preview_waits_while_the_finish_goes_on() -> None:
    box = Mailbox()
    for event in (preview(19), preview(20), tile(0), tile(1), tile(2)):
        box.put(event)
    last = box.take()
    assert isinstance(last, StepPreview)
    assert last.step == 20
    assert box.take() == tile(2)
    assert box.take() is None


def test_the_end_drops_all_that_was_passing() -> None:
    box = Mailbox()
    for event in (JobStarted(1), preview(20), tile(0), JobCancelled(1)):
        box.put(event)
    assert [box.take(), box.take(), box.take()] == [JobStarted(1), JobCancelled(1), None]


def test_what_is_held_back_is_not_worth_a_look_until_it_is_let_go() -> None:
    box = Mailbox()
    assert box.put(preview(1))
    assert step_of(box) == 1
    box.hold_passing()
    assert not box.put(preview(2))
    assert not box.put(preview(3))
    assert box.take() is None
    assert box.let_pass()
    assert step_of(box) == 3
    assert not box.let_pass()


def test_the_end_comes_though_previews_are_held_back() -> None:
    box = Mailbox()
    box.hold_passing()
    assert not box.put(preview(1))
    assert box.put(JobCancelled(1))
    assert box.take() == JobCancelled(1)
    assert not box.put(preview(2))
