"""Drawn lines as a scribble control was trained on them: white on black."""

from __future__ import annotations

from typing import Final

import numpy as np

from studio.domain.events import Pixels

_HALF: Final = 127.5


def scribble(pixels: Pixels) -> Pixels:
    """Lines in white on black, uint8 (H, W, 3) to the same, of a drawing in dark lines on a bright
    ground or in bright lines on a dark one; what is drawn covers less than half of a drawing."""
    grey = pixels[..., :3].astype(np.float32).mean(axis=2)
    threshold = _threshold(grey)
    bright = grey > threshold
    lines = ~bright if bright.mean() > 0.5 else bright
    return np.repeat(np.where(lines, 255, 0).astype(np.uint8)[..., None], 3, axis=2)


def _threshold(grey: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
    """The grey that parts two kinds of pixels best (Otsu 1979, doi:10.1109/TSMC.1979.4310076)."""
    counts = np.bincount(grey.astype(np.uint8).ravel(), minlength=256).astype(np.float64)
    levels = np.arange(256)
    below = counts.cumsum()
    above = below[-1] - below
    sums = (counts * levels).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    if not np.isfinite(between).any():
        return _HALF
    best = np.flatnonzero(between == np.nanmax(between))
    return float(best.mean()) + 0.5
