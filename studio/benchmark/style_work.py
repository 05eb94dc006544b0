"""Pictures for the benchmarks of the optimised style transfer, and the network it comes with."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import numpy as np
import torch

from studio.domain.events import Pixels
from studio.style.features import FeatureExtractor, load_extractor
from studio.style.method import StylePicture

DEVICE: Final = torch.device("cpu")


def noise(side_px: int, seed: int) -> Pixels:
    """What is in a picture doesn't change how long it takes."""
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)


def content_and_style(side_px: int) -> tuple[Pixels, list[StylePicture]]:
    return noise(side_px, 1), [StylePicture(noise(256, 2))]


def shipped_extractor() -> FeatureExtractor:
    return load_extractor([], DEVICE)


def seconds(work: Callable[[], object]) -> float:
    """How long it took. (Not what the processor did: idle threads of OpenMP wait busily.)"""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
