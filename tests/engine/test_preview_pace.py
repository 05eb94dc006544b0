"""How often previews are told follows what showing them costs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.engine.preview_pace import LONGEST_S, MOST_OF_A_CORE, SHORTEST_S, PreviewPace


class Cpu:
    """A thread whose computing the test counts."""

    def __init__(self) -> None:
        self.seconds = 5.0

    def __call__(self) -> float:
        return self.seconds


def shown(pace: PreviewPace, cpu: Cpu, cost_s: float) -> float:
    """The interval after a preview whose showing took `cost_s`."""
    pace.on_told()
    cpu.seconds += cost_s
    pace.on_due()
    return pace.interval_s


@given(st.lists(st.floats(0.0, 1.0), min_size=1))
def test_showing_takes_its_share_of_a_core_within_the_limits(costs: list[float]) -> None:
    cpu = Cpu()
    pace = PreviewPace(cpu_time=cpu)
    for cost in costs:
        interval = shown(pace, cpu, cost)
        assert SHORTEST_S <= interval <= LONGEST_S
        if interval < LONGEST_S:
            assert cost <= interval * MOST_OF_A_CORE + 1e-9


def test_it_is_quick_again_when_showing_is_cheap_again() -> None:
    cpu = Cpu()
    pace = PreviewPace(cpu_time=cpu)
    assert pace.interval_s == SHORTEST_S
    assert shown(pace, cpu, 0.1) == LONGEST_S
    assert shown(pace, cpu, 0.0001) == SHORTEST_S
