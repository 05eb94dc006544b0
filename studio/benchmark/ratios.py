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


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one benchmark found on one workload.

    `value` and `control` sum up `unit`s ("ratio" or "ms"); `judged` is the number of `value` that
    is held against `goal`. `details` is JSON.
    """

    name: str
    workload: str
    unit: str
    goal: float
    pairs: int
    value: Summary
    control: Summary
    judged: float
    verdict: Verdict
    details: Mapping[str, Any] = field(default_factory=dict)


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


def judge_ratio(ratio: float, control: float, goal: float) -> Verdict:
    """Whether `ratio` is at most `goal`; nobody can tell when `control` is further from 1."""
    if abs(control - 1) > abs(goal - 1):
        return Verdict.CANT_TELL
    return Verdict.REACHED if ratio <= goal else Verdict.MISSED


def judge_limit(value: float, control: float, limit: float) -> Verdict:
    """Whether `value` is at most `limit`; nobody can tell when doing nothing is above it, too."""
    if value <= limit:
        return Verdict.REACHED
    return Verdict.CANT_TELL if control > limit else Verdict.MISSED


def ratio_finding(
    name: str,
    workload: str,
    goal: float,
    ratios: Sequence[float],
    control: Sequence[float],
    details: Mapping[str, Any],
) -> Finding:
    """The median of `ratios` against `goal`, with the median of `control` as its witness."""
    value, witness = Summary.of(ratios), Summary.of(control)
    return Finding(
        name=name,
        workload=workload,
        unit="ratio",
        goal=goal,
        pairs=len(ratios),
        value=value,
        control=witness,
        judged=value.median,
        verdict=judge_ratio(value.median, witness.median, goal),
        details=details,
    )


def limit_finding(
    name: str,
    workload: str,
    limit_ms: float,
    values_ms: Sequence[float],
    control_ms: Sequence[float],
    details: Mapping[str, Any],
) -> Finding:
    """The largest of `values_ms` against a limit, with the largest of `control_ms` as witness."""
    value, witness = Summary.of(values_ms), Summary.of(control_ms)
    return Finding(
        name=name,
        workload=workload,
        unit="ms",
        goal=limit_ms,
        pairs=len(values_ms),
        value=value,
        control=witness,
        judged=value.most,
        verdict=judge_limit(value.most, witness.most, limit_ms),
        details=details,
    )
