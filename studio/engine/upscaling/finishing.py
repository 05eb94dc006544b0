"""The last stage of a job: its pictures become as large as the request says."""

from __future__ import annotations

import time
from collections.abc import Generator
from itertools import chain

import numpy as np
from PIL import Image

from studio.domain.events import FinishProgress, Pixels
from studio.domain.geometry import Size
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


def enlarge(
    upscaler: Upscaler, pictures: Pixels, size: Size, control: Control
) -> Generator[FinishProgress, None, Pixels | None]:
    """Pictures (B, H, W, 3) at `size`, by the network as far as it takes to reach it.

    Returns:
        (B, size.height, size.width, 3), or None when `control` said stop between two tiles.
    """
    height, width = pictures.shape[1:3]
    scale = max(size.width / width, size.height / height)
    if scale > 1:
        enlarged = yield from finish(upscaler, pictures, 2 if scale <= 2 else 4, control)
        if enlarged is None:
            return None
        pictures = enlarged
    wanted = (size.width, size.height)
    return np.stack(
        [
            np.asarray(Image.fromarray(picture).resize(wanted, Image.Resampling.LANCZOS))
            for picture in pictures
        ]
    )
