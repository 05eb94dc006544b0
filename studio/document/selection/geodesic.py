"""How far it is from some pixels to all others when crossing edges costs more."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.document.selection.oklab import Colours

Plane = NDArray[np.float32]

# Between two looks whether anything still changes.
_ROUNDS: Final = 8


def geodesic_distance(colours: Colours, seeds: NDArray[np.bool_], per_px: float) -> Plane:
    """The cheapest way from any seed to each pixel of a picture (3, h, w): (h, w).

    A step to one of the eight neighbours costs the difference of the colours and `per_px` for
    each pixel of its length. Infinite if there is no seed.

    Source: Bai and Sapiro 2007, “A geodesic framework for fast interactive image segmentation”.
    """
    height, width = seeds.shape
    padded = np.pad(colours, ((0, 0), (1, 1), (1, 1)), mode="edge")
    bordered = np.full((height + 2, width + 2), np.inf, np.float32)
    distance = bordered[1:-1, 1:-1]
    distance[seeds] = 0
    steps = []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1), (0, -1), (-1, 0), (-1, -1), (-1, 1)):
        there = slice(1 + down, 1 + down + height), slice(1 + right, 1 + right + width)
        difference = np.sqrt(((padded[:, *there] - colours) ** 2).sum(axis=0))
        cost = difference + np.float32(per_px * float(np.hypot(down, right)))
        steps.append((bordered[there], cost))
    before = np.zeros_like(distance)
    while not np.array_equal(before, distance):
        before = distance.copy()
        for _ in range(_ROUNDS):
            for neighbour, cost in steps:
                np.minimum(distance, neighbour + cost, out=distance)
    return distance
