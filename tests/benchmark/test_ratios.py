"""The statistics of the benchmarks, with clocks that tell what they are told."""

from __future__ import annotations

import asyncio
import itertools
import random
import statistics
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.benchmark.ratios import (
    Measurement,
    Rounds,
    Summary,
    Verdict,
    judge_limit,
    judge_ratio,
    time_rounds,
)

seconds = st.floats(1e-6, 1e6)
some_seconds = st.lists(seconds, min_size=1, max_size=30)


def time_all(
    a: Callable[[int], float], b: Callable[[int], float], pairs: int, log: list[str] | None = None
) -> Rounds:
    def timing(name: str, clock: Callable[[int], float]) -> Callable[[int], Awaitable[float]]:
        async def work(subject: int) -> float:
            if log is not None:
                log.append(f"{name}{subject}")
            return clock(subject)

        return work

    return asyncio.run(time_rounds(timing("a", a), timing("b", b), range(pairs)))


@given(some_seconds)
def test_a_summary_is_in_order_and_within_its_values(values: list[float]) -> None:
    summary = Summary.of(values)
    assert summary.least == min(values)
    assert summary.most == max(values)
    assert summary.least <= summary.q1 <= summary.median <= summary.q3 <= summary.most
    assert summary.median == pytest.approx(statistics.median(values))


def test_quartiles_lie_between_the_values() -> None:
    assert Summary.of([4.0, 1.0, 3.0, 2.0, 5.0]) == Summary(3.0, 2.0, 4.0, 1.0, 5.0)


def test_the_sides_take_turns_and_neighbours_are_compared() -> None:
    log: list[str] = []
    told: list[int] = []

    async def a(subject: int) -> float:
        log.append(f"a{subject}")
        return 3.0

    async def b(subject: int) -> float:
        log.append(f"b{subject}")
        return 2.0 if log.count(f"b{subject}") == 1 else 4.0

    rounds = asyncio.run(time_rounds(a, b, [0, 1], told.append))
    assert log == ["a0", "b0", "b0", "b1", "b1", "a1"]
    # In both rounds the `b` beside `a` counts: the first of one, the second of the other.
    assert rounds == Rounds(a_s=(3.0, 3.0), b_s=(2.0, 4.0), b_again_s=(4.0, 2.0))
    assert told == [0, 1]


@given(st.floats(0.1, 10), st.lists(seconds, min_size=1, max_size=20))
def test_a_known_ratio_is_found_whatever_the_machine_does(ratio: float, moods: list[float]) -> None:
    rounds = time_all(lambda i: ratio * moods[i], lambda i: moods[i], len(moods))
    assert Summary.of(rounds.ratios).median == pytest.approx(ratio)
    assert rounds.control == [1.0] * len(moods)


def test_a_machine_that_slows_down_steadily_favours_nobody() -> None:
    clock = itertools.count(1000)
    rounds = time_all(lambda i: next(clock), lambda i: next(clock), 40)
    assert Summary.of(rounds.ratios).median == pytest.approx(1, abs=1e-4)
    assert Summary.of(rounds.control).median == pytest.approx(1, abs=1e-4)


def test_equal_sides_under_noise_differ_no_more_than_their_control() -> None:
    noise = random.Random(7)  # noqa: S311 - a mood, not a secret

    def clock(subject: int) -> float:
        return noise.lognormvariate(0, 0.05)

    rounds = time_all(clock, clock, 400)
    value, control = Summary.of(rounds.ratios), Summary.of(rounds.control)
    assert value.median == pytest.approx(1, abs=0.02)
    assert control.median == pytest.approx(1, abs=0.02)
    assert value.q3 - value.q1 == pytest.approx(control.q3 - control.q1, rel=0.3)


@pytest.mark.parametrize(
    ("ratio", "control", "goal", "verdict"),
    [
        (1.009, 1.0, 1.01, Verdict.REACHED),
        (1.01, 1.01, 1.01, Verdict.REACHED),
        (1.02, 0.995, 1.01, Verdict.MISSED),
        (0.9, 1.02, 1.01, Verdict.CANT_TELL),
        (0.9, 0.98, 1.01, Verdict.CANT_TELL),
        (2.1, 1.3, 2.0, Verdict.MISSED),
    ],
)
def test_a_ratio_counts_only_if_its_control_is_steady(
    ratio: float, control: float, goal: float, verdict: Verdict
) -> None:
    finding = judge_ratio(Measurement("a job", [ratio], [control]), goal)
    assert finding.verdict is verdict


@given(st.floats(0.5, 2), st.floats(0.5, 2), st.floats(1.001, 3))
def test_what_reached_its_goal_was_within_it_and_steady(
    ratio: float, control: float, goal: float
) -> None:
    verdict = judge_ratio(Measurement("a job", [ratio], [control]), goal).verdict
    assert (verdict is Verdict.CANT_TELL) == (abs(control - 1) > goal - 1)
    if verdict is Verdict.REACHED:
        assert ratio <= goal
    if verdict is Verdict.MISSED:
        assert ratio > goal


@pytest.mark.parametrize(
    ("value", "control", "verdict"),
    [
        (16.0, 1.0, Verdict.REACHED),
        (9.0, 40.0, Verdict.REACHED),
        (17.0, 1.0, Verdict.MISSED),
        (17.0, 16.5, Verdict.CANT_TELL),
    ],
)
def test_a_limit_is_missed_only_if_doing_nothing_keeps_it(
    value: float, control: float, verdict: Verdict
) -> None:
    finding = judge_limit(Measurement("a job", [1.0, value, 2.0], [0.0, control, 1.0]), 16.0)
    assert finding.verdict is verdict


@given(some_seconds)
def test_a_ratio_is_judged_by_its_median_and_a_limit_by_its_worst(values: list[float]) -> None:
    measured = Measurement("a job", values, [1.0] * len(values), {"seen": "yes"})
    ratio, limit = judge_ratio(measured, 1.01), judge_limit(measured, 16.0)
    assert ratio.judged == ratio.value.median
    assert limit.judged == max(values)
    for finding in (ratio, limit):
        assert finding.pairs == len(values)
        assert (finding.workload, finding.details) == ("a job", {"seen": "yes"})
