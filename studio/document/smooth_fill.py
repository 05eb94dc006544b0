"""Continuing what is known somewhere smoothly over where nothing is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Values = NDArray[np.float32]


def smooth_fill(values: Values, weights: Values) -> Values:
    """`values` (h, w, c) where `weights` (h, w) is 1, and elsewhere what lies around, smoothly.

    All zero where nothing is known. Source: Gortler et al. 1996, “The Lumigraph”, pull-push, with
    bilinear interpolation.
    """
    if max(weights.shape) == 1 or bool((weights >= 1).all()):
        return values * weights[..., None]
    sums = _halved(np.dstack([values * weights[..., None], weights]))
    half_weights = sums[..., -1]
    known = np.divide(sums[..., :-1], np.maximum(half_weights, 1e-6)[..., None], dtype=np.float32)
    coarse = smooth_fill(known, np.minimum(half_weights * 4, 1))
    near = resized(coarse, weights.shape[1], weights.shape[0], Image.Resampling.BILINEAR)
    return values * weights[..., None] + near * (1 - weights[..., None])


def resized(
    values: Values,
    width: int,
    height: int,
    method: Image.Resampling,
    region: tuple[float, float, float, float] | None = None,
) -> Values:
    """(h, w, c), or a region of it (left, top, right, bottom), at another size, without rounding
    to whole numbers."""
    channels = [
        np.asarray(
            Image.fromarray(channel, "F").resize((width, height), method, region), np.float32
        )
        for channel in np.moveaxis(np.ascontiguousarray(values, np.float32), 2, 0)
    ]
    return np.dstack(channels)


def _halved(values: Values) -> Values:
    """The mean of each 2 × 2 pixels, (ceil(h / 2), ceil(w / 2), c); zeros beyond the edge."""
    height, width, channels = values.shape
    even = np.zeros((-(-height // 2) * 2, -(-width // 2) * 2, channels), np.float32)
    even[:height, :width] = values
    total = even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]
    return np.asarray(total / 4, np.float32)
