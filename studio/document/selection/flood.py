"""What hangs together with a pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Region = NDArray[np.bool_]
Indices = NDArray[np.int64]


def connected(region: Region, row: int, column: int) -> Region:
    """The pixels of `region` (H, W) that can be reached from one without leaving the region, one
    step up, down, left or right at a time. Nothing if that pixel isn't in the region.

    Rows are taken as runs of pixels, runs of neighbouring rows that touch are joined: the cost
    doesn't depend on how the region winds.
    """
    if not region[row, column]:
        return np.zeros_like(region)
    height, width = region.shape
    stride = width + 1  # with a gap at the end of each row no run goes on into the next one
    starts, ends = _runs(region, stride)
    first = np.searchsorted(ends, starts + stride, side="right")
    last = np.searchsorted(starts, ends + stride, side="left")
    labels = _labels(first, np.maximum(last - first, 0))
    here = labels[np.searchsorted(starts, row * stride + column, side="right") - 1]
    kept = labels == here
    steps = np.zeros(height * stride + 1, np.int8)
    steps[starts[kept]] = 1
    steps[ends[kept]] = -1
    np.cumsum(steps, out=steps)
    return steps[:-1].view(np.bool_).reshape(height, stride)[:, :width]


def _runs(region: Region, stride: int) -> tuple[Indices, Indices]:
    """Where each run of pixels begins and where the first pixel after it is, row by row."""
    padded = np.zeros((region.shape[0], stride), np.bool_)
    padded[:, :-1] = region
    flat = padded.ravel()
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    if flat[0]:
        edges = np.concatenate([[0], edges])
    return edges[::2], edges[1::2]


def _labels(first: Indices, counts: Indices) -> Indices:
    """The same number for all runs that hang together.

    Run i touches the `counts[i]` runs from `first[i]` on. Each round hooks the larger root of a
    pair to the smaller one and then points everything at its root (Shiloach and Vishkin 1982).
    """
    parent = np.arange(len(first))
    one = np.repeat(parent, counts)
    other = np.arange(len(one)) + np.repeat(first - (np.cumsum(counts) - counts), counts)
    while True:
        roots, other_roots = parent[one], parent[other]
        apart = roots != other_roots
        if not apart.any():
            return parent
        one, other = one[apart], other[apart]
        roots, other_roots = roots[apart], other_roots[apart]
        np.minimum.at(parent, np.maximum(roots, other_roots), np.minimum(roots, other_roots))
        while not np.array_equal(parent, shorter := parent[parent]):
            parent = shorter
