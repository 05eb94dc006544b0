"""Ratios of two timings, measured so that they can be told from the machine's moods.

The two sides take turns, so that both see the same drifts of clock speed and load, and each pair
gives one ratio. The second side is timed twice in every round: the ratio of these two is the A/A
control, which would be 1 on a machine without moods. What the control can't see, nobody can claim.
"""

from __future__ import annotations

import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

Subject = TypeVar("Subject")
Timing = Callable[[Subject], Awaitable[float]]
"""Does some work once, on a subject, and returns how long it took, in seconds."""


class Verdict(StrEnum):
    REACHED = "reached"
    MISSED = "missed"
    CANT_TELL = "can't tell"


@dataclass(frozen=True, slots=True)
class Summary:
    """Some numbers in five: median, lower and upper quartile, least and most."""

    median: float
    q1: float
    q3: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Summary:
        """The summary of at least one value; quartiles are interpolated between the values."""
        # A single value is its own quartile; `quantiles` wants two.
        several = values if len(values) > 1 else [*values, *values]
        q1, median, q3 = statistics.quantiles(several, n=4, method="inclusive")
        return cls(median, q1, q3, min(values), max(values))


@dataclass(frozen=True, slots=True)
class Rounds:
    """What was timed, in seconds: one entry for each round in each of the three."""

    a_s: tuple[float, ...]
    b_s: tuple[float, ...]
    b_again_s: tuple[float, ...]

    @property
    def median_a_s(self) -> float:
        return statistics.median(self.a_s)

    @property
    def median_b_s(self) -> float:
        return statistics.median((*self.b_s, *self.b_again_s))

    @property
    def ratios(self) -> list[float]:
        return [a / b for a, b in zip(self.a_s, self.b_s, strict=True)]

    @property
    def control(self) -> list[float]:
        return [again / b for again, b in zip(self.b_again_s, self.b_s, strict=True)]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a benchmark measured on one workload: for each pair a value and a control.

    Both are ratios or milliseconds, as the benchmark says. `details` is JSON.
    """

    workload: str
    values: Sequence[float]
    control: Sequence[float]
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A measurement held against its goal; `judged` is the number that was."""

    workload: str
    pairs: int
    value: Summary
    control: Summary
    judged: float
    verdict: Verdict
    details: Mapping[str, Any]


async def time_rounds(
    a: Timing[Subject],
    b: Timing[Subject],
    subjects: Sequence[Subject],
    on_round: Callable[[int], None] = lambda done: None,
) -> Rounds:
    """Time `a` and twice `b` on each of `subjects`: a b b, then b b a, and so on.

    Every ratio is thus one of neighbours, as often in one order as in the other.
    """
    a_s: list[float] = []
    b_s: list[float] = []
    again_s: list[float] = []
    turn = [(a, a_s), (b, b_s), (b, again_s)]
    for done, subject in enumerate(subjects):
        on_round(done)
        for work, seconds in turn:
            seconds.append(await work(subject))
        turn.reverse()
    return Rounds(tuple(a_s), tuple(b_s), tuple(again_s))


def judge_ratio(measured: Measurement, goal: float) -> Finding:
    """Whether the median is at most `goal`; nobody can tell when its control is further off."""
    value, control = Summary.of(measured.values), Summary.of(measured.control)
    if abs(control.median - 1) > abs(goal - 1):
        verdict = Verdict.CANT_TELL
    else:
        verdict = Verdict.REACHED if value.median <= goal else Verdict.MISSED
    return _finding(measured, value, control, value.median, verdict)


def judge_limit(measured: Measurement, limit: float) -> Finding:
    """Whether the largest value is at most `limit`; if not, nobody can tell when doing nothing is
    above it, too."""
    value, control = Summary.of(measured.values), Summary.of(measured.control)
    if value.most <= limit:
        verdict = Verdict.REACHED
    else:
        verdict = Verdict.CANT_TELL if control.most > limit else Verdict.MISSED
    return _finding(measured, value, control, value.most, verdict)


def _finding(
    measured: Measurement, value: Summary, control: Summary, judged: float, verdict: Verdict
) -> Finding:
    return Finding(
        workload=measured.workload,
        pairs=len(measured.values),
        value=value,
        control=control,
        judged=judged,
        verdict=verdict,
        details=measured.details,
    )
