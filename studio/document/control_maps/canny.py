"""Edges, as John Canny finds them (1986, “A Computational Approach to Edge Detection”)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.domain.events import Pixels

LOW: Final = 100.0
HIGH: Final = 200.0
_TAN_22_5: Final = 0.41421356
_TAN_67_5: Final = 2.41421356

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


def canny(pixels: Pixels, low: float = LOW, high: float = HIGH) -> Pixels:
    """White lines, one pixel wide, on black: uint8 (H, W, 3) to the same.

    An edge begins where brightness changes by more than `high` (Sobel's units: black beside white
    is 1020) and goes on along its ridge as long as it changes by more than `low`.
    """
    across, down = _gradient(_brightness(pixels))
    strength = np.abs(across) + np.abs(down)
    ridge = _is_ridge(strength, across, down)
    edges = _connected(ridge & (strength > high), ridge & (strength > low))
    return np.repeat(np.where(edges, 255, 0).astype(np.uint8)[..., None], 3, axis=2)


def _brightness(pixels: Pixels) -> Floats:
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    grey: Floats = np.rint(pixels[..., :3] @ weights).astype(np.float32)
    return grey


def _gradient(grey: Floats) -> tuple[Floats, Floats]:
    """Sobel's differences to the right and down; beyond the edge the picture goes on as it ends."""
    padded = np.pad(grey, 1, mode="edge")
    smooth_down = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    smooth_across = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    return smooth_down[:, 2:] - smooth_down[:, :-2], smooth_across[2:] - smooth_across[:-2]


def _is_ridge(strength: Floats, across: Floats, down: Floats) -> Bools:
    """Where no neighbour in the direction of the gradient changes more."""
    padded = np.pad(strength, 1)
    height, width = strength.shape

    def neighbour(dy: int, dx: int) -> Floats:
        return padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]

    def is_peak(dy: int, dx: int) -> Bools:
        # Of two that are equal, one stays.
        return (strength > neighbour(-dy, -dx)) & (strength >= neighbour(dy, dx))

    steepness, flatness = np.abs(down), np.abs(across)
    horizontal = steepness < _TAN_22_5 * flatness
    vertical = steepness > _TAN_67_5 * flatness
    falls = (across * down) >= 0
    diagonal = np.where(falls, is_peak(1, 1), is_peak(1, -1))
    return np.where(horizontal, is_peak(0, 1), np.where(vertical, is_peak(1, 0), diagonal))


def _connected(strong: Bools, weak: Bools) -> Bools:
    """All of `weak` that hangs together with a place in `strong`, over edges or corners."""
    reached = strong.copy()
    width = weak.shape[1]
    flat_weak, flat_reached = weak.ravel(), reached.ravel()
    front = np.flatnonzero(flat_reached)
    while len(front):
        rows, columns = np.divmod(front, width)
        found = []
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                row, column = rows + dy, columns + dx
                inside = (row >= 0) & (row < len(weak)) & (column >= 0) & (column < width)
                found.append(row[inside] * width + column[inside])
        candidates = np.concatenate(found)
        candidates = candidates[flat_weak[candidates] & ~flat_reached[candidates]]
        front = np.unique(candidates)
        flat_reached[front] = True
    return reached
