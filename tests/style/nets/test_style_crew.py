"""Threads that compute strips beside each other."""

from __future__ import annotations

import threading

import pytest
import torch

from studio.style.nets.crew import Crew

CPU = torch.device("cpu")


def test_outcomes_come_in_the_order_of_the_items() -> None:
    with Crew(CPU) as crew:
        assert list(crew.map(lambda item: item * item, range(50))) == [n * n for n in range(50)]


def test_each_computes_alone_and_the_rest_of_the_program_as_before() -> None:
    before = torch.get_num_threads()
    with Crew(CPU) as crew:
        assert set(crew.map(lambda _: torch.get_num_threads(), range(20))) == {1}
    elsewhere: list[int] = []
    thread = threading.Thread(target=lambda: elsewhere.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert [torch.get_num_threads(), *elsewhere] == [before, before]


def test_what_goes_wrong_arrives_and_the_threads_end() -> None:
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), Crew(CPU) as crew:
        list(crew.map(lambda item: 1 // item, range(5, -5, -1)))
    assert threading.active_count() == before


def test_who_stops_asking_leaves_little_begun() -> None:
    begun: list[int] = []
    with Crew(CPU) as crew:
        assert next(crew.map(lambda item: begun.append(item), range(10_000))) is None
    assert len(begun) < 100
