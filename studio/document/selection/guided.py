"""A mask made at a small size, drawn along the edges of the large picture."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.document.selection.oklab import Colours

Plane = NDArray[np.float32]

# Differences well below the square root of this, in OKLab, are no edges.
_FLAT: Final = 2e-4


def guided_coefficients(guide: Colours, mask: Plane, radius_px: int) -> Plane:
    """(4, h, w): the factors of the three planes of `guide` (3, h, w) and a constant, that give
    back `mask` (h, w) around each pixel as well as a sum of them can.

    Applied to the same picture at any size, they continue the mask along its edges.

    Source: He, Sun and Tang 2010, “Guided image filtering”; made small as in He and Sun 2015.
    """
    means = np.stack([box_mean(plane, radius_px) for plane in guide])
    mean = box_mean(mask, radius_px)
    coefficients = np.stack([*np.zeros_like(means), mean])
    edge = (mean > 0) & (mean < 1)
    matrix = np.empty((int(edge.sum()), 3, 3), np.float32)
    target = np.empty((len(matrix), 3, 1), np.float32)
    for i in range(3):
        together = box_mean(guide[i] * mask, radius_px) - means[i] * mean
        target[:, i, 0] = together[edge]
        for j in range(i, 3):
            together = box_mean(guide[i] * guide[j], radius_px) - means[i] * means[j]
            matrix[:, i, j] = matrix[:, j, i] = together[edge]
    factors = np.linalg.solve(matrix + _FLAT * np.eye(3, dtype=np.float32), target)[..., 0].T
    coefficients[:3, edge] = factors
    coefficients[3, edge] -= (factors * means[:, edge]).sum(axis=0)
    return np.stack([box_mean(plane, radius_px) for plane in coefficients])


def guided(guide: Colours, coefficients: Plane, part: tuple[float, float, float, float]) -> Plane:
    """The mask (H, W), 0 to 1, for a picture (3, H, W) that shows a part of the small one: from
    `part`'s left and top to its right and bottom, in pixels of the small one.
    """
    size = guide.shape[2], guide.shape[1]
    factors = [
        np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BILINEAR, box=part))
        for plane in coefficients
    ]
    mask: Plane = factors[3].copy()
    for factor, plane in zip(factors[:3], guide, strict=True):
        mask += factor * plane
    # Twice as steep: colours alike on both sides of the edge leave faint traces.
    mask += mask - np.float32(0.5)
    return mask.clip(0, 1, out=mask)


def box_mean(plane: Plane, radius_px: int) -> Plane:
    """The mean over squares of 2 · `radius_px` + 1, in which the border goes on beyond itself."""
    height, width = plane.shape
    side = 2 * radius_px + 1
    padded = np.pad(plane, radius_px, mode="edge")
    rows: Plane = np.add.reduce([padded[i : i + height] for i in range(side)])
    blurred: Plane = np.add.reduce([rows[:, i : i + width] for i in range(side)])
    return blurred / np.float32(side**2)
