"""Which device is picked, and how running out of memory is recognised."""

from __future__ import annotations

import pytest
import torch

from studio.domain.errors import EngineError
from studio.engine.devices import is_out_of_memory, pick_device


def test_the_cpu_can_be_asked_for_and_computes_in_float32() -> None:
    device = pick_device({"PENTIMENTO_DEVICE": " CPU "})
    assert device.torch_device.type == "cpu"
    assert device.dtype is torch.float32
    assert device.name.startswith("CPU, ")
    assert device.memory_bytes() > 10_000_000
    device.release_memory()


def test_without_a_wish_there_is_always_a_device() -> None:
    device = pick_device({})
    assert torch.zeros(1, device=device.torch_device, dtype=device.dtype).item() == 0


@pytest.mark.parametrize("name", ["toaster", "cuda:99", "meta", "cpu:x"])
def test_a_device_that_is_not_there_is_a_sentence(name: str) -> None:
    with pytest.raises(EngineError, match="PENTIMENTO_DEVICE"):
        pick_device({"PENTIMENTO_DEVICE": name})


def test_a_real_allocation_that_fails_is_out_of_memory() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**55, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("CUDA out of memory."), True),
        (MemoryError(), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 5 GB)"), True),
        (RuntimeError("shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_how_running_out_of_memory_is_told(error: Exception, expected: bool) -> None:
    assert is_out_of_memory(error) is expected
