"""Long tasks: their estimate, their end, and that a thread learns of it."""

from __future__ import annotations

import pytest

from studio.ui.session import LongTask, LongTasks
from studio.ui.session.long_tasks import Cancelled


def test_the_estimate_follows_the_pace_since_the_first_part() -> None:
    now = [100.0]
    task = LongTask("Saving", is_saving=True, clock=lambda: now[0])
    assert (task.share, task.remaining_s) == (0, None)
    now[0] = 150  # measuring took its time
    task.advance(0, 200)
    now[0] = 151
    task.advance(1, 200)
    assert task.remaining_s is None  # too little is done to tell
    now[0] = 160
    task.advance(50, 200)
    assert task.share == 0.25
    assert task.remaining_s == 30
    task.advance(200, 200)
    assert task.remaining_s == 0
    task.advance(0, 0)
    assert task.share == 0


def test_a_cancelled_one_goes_no_further() -> None:
    task = LongTask("Saving", is_saving=True)
    task.advance(1, 4)
    task.cancel()
    with pytest.raises(Cancelled):
        task.advance(2, 4)
    assert task.share == 0.25


def test_what_runs_is_told_once_at_either_end() -> None:
    tasks, seen = LongTasks(), []
    tasks.changed.connect(lambda: seen.append([task.title for task in tasks.running]))
    with tasks.begun("Opening") as opening:
        assert tasks.saving is None
        with tasks.begun("Saving", is_saving=True) as saving:
            assert tasks.saving is saving
    assert seen == [["Opening"], ["Opening", "Saving"], ["Opening"], []]
    assert opening.is_done and saving.is_done


def test_one_that_fails_isnt_done_and_its_thread_ends() -> None:
    tasks = LongTasks()
    with pytest.raises(OSError), tasks.begun("Saving") as task:
        raise OSError
    assert (task.is_done, task.is_cancelled, tasks.running) == (False, True, ())
