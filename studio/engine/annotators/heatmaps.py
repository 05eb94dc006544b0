"""From heatmaps to points, finer than their pixels.

Method: Zhang et al. 2020, “Distribution-Aware Coordinate Representation for Human Pose Estimation”
(DARK), as ViTPose was measured with it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_SIGMA: Final = 0.8
_RADIUS: Final = 5
# Logarithms of less than this or more say nothing.
_LEAST: Final = 0.001
_MOST: Final = 50


def peaks(heatmaps: Floats) -> tuple[Floats, Floats]:
    """Where each of (N, points, h, w) is highest, x and y (N, points, 2) in its pixels, and how
    high (N, points).

    The highest pixel is moved to where Newton's method finds the peak of the Gaussian that the
    smoothed heatmap is around it.
    """
    count, points, _, width = heatmaps.shape
    flat = heatmaps.reshape(count, points, -1)
    highest = flat.argmax(axis=2)
    rows, columns = np.divmod(highest, width)
    edge = ((0, 0), (0, 0), (1, 1), (1, 1))
    logs = np.pad(np.log(np.clip(_smoothed(heatmaps), _LEAST, _MOST)), edge, mode="edge")
    which = np.ogrid[:count, :points]

    def around(dx: int, dy: int) -> Floats:
        found: Floats = logs[which[0], which[1], rows + 1 + dy, columns + 1 + dx]
        return found

    here = around(0, 0)
    slope = np.stack([around(1, 0) - around(-1, 0), around(0, 1) - around(0, -1)], axis=2) / 2
    across = around(1, 0) - 2 * here + around(-1, 0)
    down = around(0, 1) - 2 * here + around(0, -1)
    both = around(1, 1) - around(1, 0) - around(0, 1) + 2 * here
    both = (both - around(-1, 0) - around(0, -1) + around(-1, -1)) / 2
    curvature = np.stack([across, both, both, down], axis=2).reshape(count, points, 2, 2)
    curvature = curvature + np.finfo(np.float32).eps * np.eye(2)
    step = np.linalg.solve(curvature, slope[..., None])[..., 0]
    found = np.stack([columns, rows], axis=2) - step
    # Where a heatmap is flat there is no peak to find; a peak is never farther than a pixel.
    is_peak = np.all(np.abs(step) <= 1, axis=2, keepdims=True)
    found = np.where(is_peak, found, np.stack([columns, rows], axis=2))
    return found.astype(np.float32), flat.max(axis=2)


def _smoothed(heatmaps: Floats) -> Floats:
    """By a Gaussian; beyond its edges a heatmap goes on as its mirror image."""
    offsets = np.arange(-_RADIUS, _RADIUS + 1)
    weights = np.exp(-0.5 * (offsets / _SIGMA) ** 2)
    weights /= weights.sum()
    smooth = heatmaps.astype(np.float64)
    for axis in (2, 3):
        side = smooth.shape[axis]
        edge = [(0, 0)] * 4
        edge[axis] = (_RADIUS, _RADIUS)
        padded = np.moveaxis(np.pad(smooth, edge, mode="symmetric"), axis, 0)
        total = np.zeros_like(padded[:side])
        for start, weight in enumerate(weights):
            total += weight * padded[start : start + side]
        smooth = np.moveaxis(total, 0, axis)
    return smooth.astype(np.float32)
