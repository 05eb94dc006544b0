"""The last stage of a job: its pictures become as large as the request says."""

from __future__ import annotations

import time
from collections.abc import Generator
from itertools import chain

import numpy as np

from studio.domain.events import FinishProgress, Pixels
from studio.engine.control import Control
from studio.engine.upscaling.upscaler import Upscaler


def finish(
    upscaler: Upscaler, pictures: Pixels, scale: int, control: Control
) -> Generator[FinishProgress, None, Pixels | None]:
    """Enlarge (B, H, W, 3 or 4) pictures, telling how far it is before and after each tile.

    Returns:
        (B, scale × H, scale × W, 3 or 4), or None when `control` said stop between two tiles.
    """
    upscalings = [upscaler.begin(picture, scale) for picture in pictures]
    total = sum(map(len, upscalings))
    tiles = chain.from_iterable(upscalings)
    started = time.perf_counter()
    done = 0
    while not control.cancelled:
        elapsed_s = time.perf_counter() - started
        pace = elapsed_s / done if done else 0.0
        yield FinishProgress(control.generation, done, total, elapsed_s, pace)
        if next(tiles, None) is None:
            return np.stack([upscaling.result for upscaling in upscalings])
        done += 1
    return None
