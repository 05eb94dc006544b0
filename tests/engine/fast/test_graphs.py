"""A step that is captured once and launched with new numbers. The graph itself is a fake here:
there is no GPU on the machines that run the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from studio.domain.request import Request
from studio.engine.denoise import denoise, prepare
from studio.engine.families.sd import StableDiffusion
from studio.engine.fast.graphs import GraphedStep, graphed_on_cuda
from studio.engine.replay import Replay, hasten_by, not_repeatable


class FakeGraph:
    """Captures as CUDA does: the output stays in one place, and each launch writes into it."""

    def __init__(self) -> None:
        self.captures = self.launches = 0

    def capture(
        self, compute: Callable[[], torch.Tensor]
    ) -> tuple[torch.Tensor, Callable[[], None]]:
        self.captures += 1
        output = compute()

        def launch() -> None:
            self.launches += 1
            output.copy_(compute())

        return output, launch


@pytest.fixture
def graph() -> Iterator[FakeGraph]:
    graph = FakeGraph()
    hasten_by(lambda step, inputs: GraphedStep(step, inputs, graph.capture))
    yield graph
    hasten_by(None)


def test_a_step_gives_what_it_gave_and_its_output_stays_the_callers() -> None:
    graph = FakeGraph()
    first = torch.arange(4.0)
    step = GraphedStep(lambda x: x * 2 + 1, [first], graph.capture)
    one, two = step(first), step(first + 10)
    assert torch.equal(one, first * 2 + 1)
    assert torch.equal(two, (first + 10) * 2 + 1)
    assert (graph.captures, graph.launches) == (1, 2)
    assert torch.equal(first, torch.arange(4.0))


def test_a_job_of_graphed_steps_gives_the_same_picture(
    tiny_family: StableDiffusion, graph: FakeGraph
) -> None:
    job = Request(prompt="a cat", seed=5, model="tiny", width=32, height=24, num_inference_steps=6)
    tiny_family.forget_steps()
    graphed = [step.latents for step in denoise(prepare(tiny_family, job))][-1]
    assert (graph.captures, graph.launches) == (1, 5)
    hasten_by(None)
    tiny_family.forget_steps()
    plain = [step.latents for step in denoise(prepare(tiny_family, job))][-1]
    assert torch.equal(graphed, plain)


def test_without_a_gpu_a_step_stays_as_it_is() -> None:
    def step(x: torch.Tensor) -> torch.Tensor:
        return x + 1

    assert graphed_on_cuda(step, [torch.zeros(2)]) is step


def test_what_does_more_than_to_compute_is_called_every_time(graph: FakeGraph) -> None:
    calls = []

    def brings_weights_in(x: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        not_repeatable()
        return x * 2

    repeated = Replay(brings_weights_in).holding()
    for number in range(3):
        assert torch.equal(
            repeated(torch.full((2,), float(number))), torch.full((2,), 2.0 * number)
        )
    assert len(calls) == 3
    assert graph.captures == 0
