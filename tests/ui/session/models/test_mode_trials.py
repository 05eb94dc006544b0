"""A fast mode tried on the prompt panel's picture."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from studio.domain.placement import PlacementWishes
from studio.ui.session.models.mode_trials import Difference, ModeTrials, psnr_db
from tests.support.sessions import a_session, until

MODE = "first-block-cache"


async def test_the_picture_is_drawn_without_and_with_the_mode(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        session.draft.prompt = "a fox"
        session.models.place_all(PlacementWishes(fast=(MODE, "channels-last")))
        trials = session.mode_trials
        trials.measure(MODE)
        seen = []
        for _ in range(4):
            await until(lambda: engine.waiting)
            assert trials.measuring == MODE
            (job,) = engine.waiting
            assert trials.wishes().usual.fast == (MODE, "channels-last"), "it isn't its turn yet"
            job.start()
            seen.append(trials.wishes().usual.fast)
            job.finish()
        await until(lambda: not trials.measuring)
        assert seen == [("channels-last",)] * 2 + [("channels-last", MODE)] * 2
        assert trials.wishes().usual.fast == (MODE, "channels-last")
        (difference,) = trials.differences().values()
        assert str(difference) == "same pixels, 1 × as fast (Tiny)"
        assert session.library.store.energies.whole().pictures == 0, "none is kept"
        file = tmp_path / "data" / "fast-modes.json"
        await until(file.exists)
        again = ModeTrials(
            file, trials._disk, session.draft, engine, session.models.marks, session._background
        )
        assert again.differences() == trials.differences()
        assert not notices


async def test_other_jobs_are_drawn_as_the_artist_wants(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _notices):
        session.draft.prompt = "a fox"
        session.mode_trials.measure(MODE)
        await until(lambda: engine.waiting)
        mine = engine.submit(session.draft.as_request())
        mine.start()
        assert session.mode_trials.wishes().usual == PlacementWishes()
        mine.finish()


async def test_a_cancelled_trial_leaves_nothing(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _notices):
        session.draft.prompt = "a fox"
        session.mode_trials.measure(MODE)
        await until(lambda: engine.waiting)
        engine.waiting[0].cancel()
        await until(lambda: not session.mode_trials.measuring)
        assert not session.mode_trials.differences()


def test_what_cannot_be_read_was_never_measured(tmp_path: Path) -> None:
    for number, content in enumerate(["", "{}", '[["a", "b", "c"], 5]', "[" * 100_000]):
        (tmp_path / f"{number}.json").write_text(content)
        made = ModeTrials(tmp_path / f"{number}.json", *[None] * 5)  # type: ignore[arg-type]
        assert not made._differences


def test_the_difference_is_the_peak_signal_to_noise() -> None:
    black = np.zeros((4, 4, 3), np.uint8)
    assert psnr_db(black, black) == math.inf
    assert psnr_db(black, black + 255) == 0
    assert str(Difference(31.42, 1.613, "SDXL")) == "31.4 dB, 1.6 × as fast (SDXL)"
