"""What a picture shows, seen without a network: its backdrop, its colour, how many things.

All functions take (N, H, W, 3) uint8 pictures. Every backdrop that the model learns is the same
along each row, so the true one is known by painting it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studio.training.drawings import Drawings
from studio.training.evaluation.colour_space import distance, to_oklab
from studio.training.painting import paint
from studio.training.scenes import COLOURS, TINTS, Ground, Scene

FOREGROUND = 0.09  # in OKLab: farther than this from the backdrop is a thing
FRAME = 0.05  # of the picture's width: the margin around a thing of the usual size
FAR = 0.2  # in OKLab: a thing that reaches into the frame counts no more than this
SPECK = 0.2  # of the largest thing's area: what is smaller is no thing of its own


def paint_backdrop(backdrop: str | Ground, px: int) -> np.ndarray:
    """The backdrop alone, as (px, px, 3) uint8."""
    return paint(Scene((), backdrop), Drawings([], {}), px)


def nearest_backdrop(
    pictures: np.ndarray, candidates: Sequence[str | Ground]
) -> list[str | Ground]:
    """For each picture, the candidate whose colours its outer frame comes nearest to."""
    px = pictures.shape[1]
    width = max(1, round(FRAME * px))
    frame = np.ones((px, px), dtype=bool)
    frame[width:-width, width:-width] = False
    seen = to_oklab(pictures[:, frame])  # (N, F, 3)
    apart = [
        np.minimum(distance(seen, to_oklab(paint_backdrop(candidate, px)[frame])), FAR).mean(1)
        for candidate in candidates
    ]  # C × (N,)
    return [candidates[i] for i in np.argmin(apart, axis=0)]


def foreground(pictures: np.ndarray, backdrop: str | Ground) -> np.ndarray:
    """(N, H, W) bool: where the pictures differ visibly from the backdrop."""
    true = to_oklab(paint_backdrop(backdrop, pictures.shape[1]))
    return distance(to_oklab(pictures), true) > FOREGROUND


def dominant_colour(pictures: np.ndarray, inside: np.ndarray) -> list[str]:
    """For each picture, the tint that most of its pixels `inside` (N, H, W) come nearest to.

    A tint stands for its lights and shadows too, or pale blue would be grey and dark red brown.
    """
    tints = np.array([COLOURS[name] for name in TINTS], dtype=np.float32)  # (T, 3)
    shades = to_oklab(np.stack([0.76 * tints, tints, tints + 0.21 * (255 - tints)], axis=1))
    lab = to_oklab(pictures)
    apart = [np.min([distance(lab, shade) for shade in tint], axis=0) for tint in shades]
    nearest = np.argmin(apart, axis=0)  # (N, H, W)
    votes = [(inside & (nearest == i)).sum((1, 2)) for i in range(len(TINTS))]  # T × (N,)
    return [TINTS[i] for i in np.argmax(votes, axis=0)]


def count_things(inside: np.ndarray) -> np.ndarray:
    """(N,) numbers of separate regions in masks (N, H, W), specks left out."""
    return np.array([_count(mask) for mask in inside])


def _count(mask: np.ndarray) -> int:
    areas = np.bincount(label_regions(mask)[mask])
    return int((areas > SPECK * areas.max()).sum()) if len(areas) else 0


def label_regions(mask: np.ndarray) -> np.ndarray:
    """(H, W) int: one positive number for each region of a mask (H, W) joined side by side.

    Every pixel takes the largest number among its neighbours until nothing changes.
    """
    labels: np.ndarray = np.arange(1, mask.size + 1).reshape(mask.shape) * mask
    while True:
        around = np.pad(labels, 1)
        grown: np.ndarray = np.maximum.reduce(
            [labels, around[2:, 1:-1], around[:-2, 1:-1], around[1:-1, 2:], around[1:-1, :-2]]
        )
        grown = grown * mask
        if np.array_equal(grown, labels):
            return labels
        labels = grown
