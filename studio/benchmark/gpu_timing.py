"""Seconds on a device whose work goes on after the call, and numbers made of them."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

from studio.domain.events import Pixels


def seconds_of(work: Callable[[], object], device: torch.device) -> float:
    """How long `work` takes until the device is idle again."""
    synchronize(device)
    started = time.perf_counter()
    work()
    synchronize(device)
    return time.perf_counter() - started


def synchronize(device: torch.device) -> None:
    """Wait until a GPU has done all that it was told to."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def take_turns(
    works: Mapping[str, Callable[[int], float]], rounds: int, say: Callable[[str], None]
) -> dict[str, list[float]]:
    """Time all of `works` in every round, each with the round's seed, every other round backwards:
    all see the same drifts of clock and load."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    order = list(works.items())
    for number in range(rounds):
        for name, work in order:
            say(f"round {number + 1} of {rounds}: {name}")
            seconds[name].append(work(number + 1))
        order.reverse()
    return seconds


def ratio(a: Sequence[float], b: Sequence[float]) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(x / y for x, y in zip(a, b, strict=True))


def psnr_db(one: Pixels, other: Pixels) -> float:
    """Peak signal to noise of two pictures of 8 bits; infinite for the same pixels."""
    error = float(np.mean((one.astype(np.float64) - other.astype(np.float64)) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def kernel_share(work: Callable[[], object], device: torch.device) -> float:
    """Of the time that `work` takes, the part in which kernels compute (operators, on a CPU)."""
    from torch.profiler import ProfilerActivity, profile

    on_gpu = device.type == "cuda"
    activities = [ProfilerActivity.CUDA if on_gpu else ProfilerActivity.CPU]
    with profile(activities=activities) as profiler:
        seconds = seconds_of(work, device)
    microseconds = sum(
        event.self_device_time_total if on_gpu else event.self_cpu_time_total
        for event in profiler.key_averages()
    )
    return float(microseconds / 1e6 / seconds)
