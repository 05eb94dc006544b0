"""Cutting a picture in two along its edges."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.document.selection.oklab import Colours

Plane = NDArray[np.float32]
Flags = NDArray[np.bool_]

# The largest for which the iteration is sure to converge: no pixel has more than 8 neighbours'
# differences in it.
_STEP: Final = np.float32(8**-0.5)


class Edges(NamedTuple):
    """How alike neighbours are, from 0 (an edge) to 1: `right` (h, w - 1), `below` (h - 1, w)."""

    right: Plane
    below: Plane

    def contrast(self, inside: Flags) -> tuple[float, int]:
        """How clear an edge surrounds `inside` (h, w), 0 to 1, and how many sides of pixels long
        it is.
        """
        across = inside[:, 1:] != inside[:, :-1]
        down = inside[1:] != inside[:-1]
        length = int(across.sum() + down.sum())
        alike = float(self.right[across].sum() + self.below[down].sum())
        return 1 - alike / max(length, 1), length


def edges_of(colours: Colours) -> Edges:
    """Of a picture (3, h, w). The picture's mean difference decides what counts as an edge.

    Source: Boykov and Jolly 2001, as weighted in Rother et al. 2004, “GrabCut”.
    """
    right = ((colours[:, :, 1:] - colours[:, :, :-1]) ** 2).sum(axis=0)
    below = ((colours[:, 1:] - colours[:, :-1]) ** 2).sum(axis=0)
    total, count = float(right.sum() + below.sum()), right.size + below.size
    sharpness = np.float32(count / (2 * total)) if total > 0 else np.float32(0)
    return Edges(np.exp(-sharpness * right), np.exp(-sharpness * below))


def cut(cost: Plane, edges: Edges, smoothness: float, start: Plane, iterations: int) -> Plane:
    """The u (h, w) from 0 to 1 with the least Σ u·cost + smoothness·Σ edges·|∇u|, nearly.

    u is 1 where a pixel belongs to the inside, and `cost` is negative where that suits it. What
    is above 0.5 is as good as the best cut in two, because the sum is convex.

    Source: Unger et al. 2008, “TVSeg: interactive total variation based image segmentation”,
    solved as in Chambolle and Pock 2011, algorithm 1.
    """
    limit_right, limit_below = smoothness * edges.right, smoothness * edges.below
    flow_right, flow_below = np.zeros_like(limit_right), np.zeros_like(limit_below)
    cost = _STEP * cost
    now, ahead, net = start, start, np.empty_like(start)
    for _ in range(iterations):
        flow_right += _STEP * (ahead[:, 1:] - ahead[:, :-1])
        flow_below += _STEP * (ahead[1:] - ahead[:-1])
        np.clip(flow_right, -limit_right, limit_right, out=flow_right)
        np.clip(flow_below, -limit_below, limit_below, out=flow_below)
        net[:] = 0
        net[:, :-1] += flow_right
        net[:, 1:] -= flow_right
        net[:-1] += flow_below
        net[1:] -= flow_below
        before, now = now, np.clip(now + _STEP * net - cost, 0, 1)
        ahead = 2 * now - before
    return now
