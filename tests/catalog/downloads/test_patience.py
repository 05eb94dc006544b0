"""How often and how long is waited, and how fast it goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.catalog.downloads.pace import Pace
from studio.catalog.downloads.patience import Interruption, Patience
from studio.catalog.downloads.stopping import Stop
from studio.domain.errors import DownloadError


class Server:
    """Breaks off as often as it is told to; each try may bring some bytes."""

    def __init__(self, brings: list[int]) -> None:
        self._brings = brings
        self.reached = 0
        self.tries = 0

    def attempt(self) -> str:
        self.tries += 1
        if not self._brings:
            return "done"
        self.reached += self._brings.pop(0)
        raise Interruption("It broke off.", 0.0)


@given(st.lists(st.integers(0, 1), max_size=30), st.integers(1, 5))
def test_only_tries_in_a_row_that_bring_nothing_count(brings: list[int], attempts: int) -> None:
    server = Server(list(brings))
    patience = Patience(attempts=attempts)
    in_a_row, given_up = 0, False
    for bytes_ in brings:
        in_a_row = 1 if bytes_ else in_a_row + 1
        given_up = given_up or in_a_row >= attempts
    try:
        patience.persist(server.attempt, Stop(), reached=lambda: server.reached)
    except DownloadError as error:
        assert given_up
        assert "It broke off." in str(error)
    else:
        assert not given_up
        assert server.tries == len(brings) + 1


@given(st.integers(1, 60))
def test_waits_grow_up_to_the_longest(failures: int) -> None:
    patience = Patience()
    ideal = min(60.0, 2.0 ** (failures - 1))
    assert 0.75 * ideal <= patience.wait_s(failures, None) <= 1.25 * ideal
    assert patience.wait_s(failures, 7.5) == 7.5


def test_a_wish_to_wait_too_long_ends_it() -> None:
    def busy() -> None:
        raise Interruption("It is busy.", 901.0)

    with pytest.raises(DownloadError, match="busy"):
        Patience().persist(busy, Stop())


@given(st.integers(1, 10**9), st.integers(2, 500))
def test_a_steady_rate_is_told_as_it_is(bytes_s: int, samples: int) -> None:
    pace = Pace()
    for number in range(samples):
        pace.add(number * 0.1, int(number * 0.1 * bytes_s))
    expected = bytes_s
    assert pace.bytes_s == pytest.approx(expected, rel=0.01, abs=10)


def test_the_past_is_forgotten() -> None:
    pace = Pace()
    assert pace.bytes_s == 0
    assert pace.seconds_left(100) is None
    pace.add(0, 0)
    pace.add(1, 10)
    assert pace.bytes_s == 10
    assert pace.seconds_left(100) is None, "too early to tell"
    for second in range(2, 20):
        pace.add(second, second * 1_000)
    for second in range(20, 60):
        pace.add(second, 19_000 + (second - 19) * 10)
    assert pace.bytes_s == pytest.approx(10)
    assert pace.seconds_left(50) == pytest.approx(5)
    pace.add(60, 5)  # it began anew
    assert pace.bytes_s == 0
