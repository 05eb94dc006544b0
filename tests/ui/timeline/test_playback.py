"""Playing: once or round and round, slowly or quickly."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from studio.ui.session import Emergence
from studio.ui.timeline.playback import FRAMES_PER_SECOND, Pace, Playback
from tests.support.fakes import picture_pixels


def finished(count: int = 3) -> Emergence:
    frames = np.stack([picture_pixels(8, 8, seed) for seed in range(count)])
    return Emergence.of_finished(picture_pixels(64, 64, 99), frames)


def test_it_ends_at_the_picture_and_says_so(qtbot: QtBot) -> None:
    playback, emergence = Playback(), finished()
    told: list[bool] = []
    playback.changed.connect(lambda: told.append(playback.is_playing))
    playback.set_pace(Pace.FAST)
    playback.play(emergence)
    qtbot.waitUntil(lambda: not playback.is_playing)
    assert told == [True, False]
    assert emergence.follows


def test_round_and_round_it_begins_anew(qtbot: QtBot) -> None:
    playback, emergence = Playback(), finished()
    shown: list[int] = []
    emergence.shown_changed.connect(lambda: shown.append(emergence.shown_step))
    playback.loops = True
    playback.set_pace(Pace.FAST)
    playback.play(emergence)
    qtbot.waitUntil(lambda: len(shown) >= 7)
    assert shown[:7] == [1, 2, 3, 1, 2, 3, 1]
    playback.stop()
    assert emergence.shown_step == shown[-1], "the step on show stays"


def test_one_step_needs_no_rounds(qtbot: QtBot) -> None:
    playback, emergence = Playback(), finished(1)
    playback.loops = True
    playback.play(emergence)
    qtbot.waitUntil(lambda: not playback.is_playing)
    assert emergence.follows


def test_the_pace_changes_while_it_plays(qtbot: QtBot) -> None:
    playback = Playback()
    playback.play(finished())
    playback.set_pace(Pace.SLOW)
    assert playback.is_playing
    assert playback.pace is Pace.SLOW
    assert playback._timer.interval() == 4 * round(1000 / FRAMES_PER_SECOND, 0) + 1
    playback.stop()
