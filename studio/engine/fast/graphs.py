"""A whole step as one launch: CUDA graphs of what `Replay` wrote down.

A small model's step is some thousand kernels of a few microseconds each, and launching one from
Python takes longer than that. A CUDA graph launches all of them at once. What `Replay` repeats is
made for it: the operations alone, on tensors that stay where they are, without the constants that a
model's modules copy to the device in every step (which is what usually forbids a capture).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import torch
from torch import Tensor

from studio.engine.replay import Function

Capture = Callable[[Callable[[], Tensor]], tuple[Tensor, Callable[[], None]]]
"""Runs a computation once; returns its result, and what brings that up to date when its inputs have
new numbers in them."""

_WARM_UPS: Final = 3


class GraphedStep:
    """`step`, captured with inputs like `inputs`; called with new ones of the same layout.

    Args:
        step: from tensors to a tensor; nothing but operations on the device.
        inputs: the first ones.
        capture: how it is captured.
    """

    def __init__(self, step: Function, inputs: Sequence[Tensor], capture: Capture) -> None:
        self._inputs = [tensor.clone() for tensor in inputs]
        self._output, self._launch = capture(lambda: step(*self._inputs))

    def __call__(self, *inputs: Tensor) -> Tensor:
        for mine, given in zip(self._inputs, inputs, strict=True):
            mine.copy_(given)
        self._launch()
        # The next launch writes into the same place, and schedulers keep the last few outputs.
        return self._output.clone()


def capture_on_cuda(compute: Callable[[], Tensor]) -> tuple[Tensor, Callable[[], None]]:
    """A `Capture` by torch.cuda.CUDAGraph, after some runs on a side stream, as torch asks for."""
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(_WARM_UPS):
            compute()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        output = compute()
    return output, graph.replay


def graphed_on_cuda(step: Function, inputs: Sequence[Tensor]) -> Function:
    """`step` as a CUDA graph (see `replay.hasten_by`); as it is where its inputs aren't on a GPU.

    The memory of a graph stays its own until the step is forgotten: about as much as the step takes
    beside the weights.
    """
    if not all(tensor.is_cuda for tensor in inputs):
        return step
    return GraphedStep(step, inputs, capture_on_cuda)
