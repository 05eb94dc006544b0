"""Shapes drawn by hand as masks with smooth edges.

Points are (x, y) in pixels of the picture, as fractions: the pixel in column 3 reaches from 3 to 4.
Only the touched part of the picture comes back; None if the shape covers nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.document.selection.coverage import Coverage
from studio.domain.geometry import Box, Size

Point = tuple[float, float]
Numbers = NDArray[np.float64]

# How far the chords of an ellipse may lie inside of it: too little to change any grey by 1.
_FLATNESS_PX: Final = 1 / 512
# Pixels at once: few enough to stay near the processor.
_PIXELS: Final = 1 << 16


def rectangle(corner: Point, opposite: Point, picture: Size) -> Coverage | None:
    """The upright rectangle between two corners, each pixel as grey as it is covered."""
    (left, right), (top, bottom) = (sorted(pair) for pair in zip(corner, opposite, strict=True))
    box = _touched(np.array([[left, top], [right, bottom]]), picture)
    if box is None:
        return None
    across = _covered(left, right, box.x, box.width)
    down = _covered(top, bottom, box.y, box.height)
    mask = np.empty((box.height, box.width), np.uint8)
    mask[:] = np.rint(255 * across)
    for row in (0, -1):  # the only rows that may be covered in part
        mask[row] = np.rint(255 * down[row] * across)
    return Coverage(box, mask)


def ellipse(corner: Point, opposite: Point, picture: Size) -> Coverage | None:
    """The ellipse that fills the upright rectangle between two corners."""
    first, second = np.array(corner, np.float64), np.array(opposite, np.float64)
    radii = np.abs(second - first) / 2
    if radii.min() == 0:
        return None
    flattest = max(float(radii.max()), 1)
    sides = int(np.ceil(np.pi / np.arccos(1 - _FLATNESS_PX / flattest)))
    angles = np.linspace(0, 2 * np.pi, max(sides, 8), endpoint=False)
    outline = (first + second) / 2 + radii * np.column_stack([np.cos(angles), np.sin(angles)])
    return _filled(outline, picture)


def polygon(corners: Sequence[Point], picture: Size) -> Coverage | None:
    """The polygon or lasso through `corners`, closed from the last to the first.

    Where the line crosses itself, everything that it winds around is selected (nonzero winding).
    """
    return _filled(np.array(corners, np.float64).reshape(-1, 2), picture)


class _Segments(NamedTuple):
    """Straight lines from (x0, y0) to (x1, y1), all (n,)."""

    x0: Numbers
    y0: Numbers
    x1: Numbers
    y1: Numbers


def _filled(outline: Numbers, picture: Size) -> Coverage | None:
    """Exact areas: each piece of outline within one pixel darkens what lies to its right.

    Source: the signed-area accumulation of LibArt and FreeType's smooth rasteriser.
    """
    if len(outline) < 3 or (box := _touched(outline, picture)) is None:
        return None
    ends = np.roll(outline, -1, axis=0) - (box.x, box.y)
    starts = outline - (box.x, box.y)
    segments = _Segments(starts[:, 0], starts[:, 1], ends[:, 0], ends[:, 1])
    segments = _clipped(segments, box)
    segments = _split_at_columns(_split_at_rows(segments))
    rows = np.minimum(np.floor((segments.y0 + segments.y1) / 2), box.height - 1).astype(np.int64)
    middle = (segments.x0 + segments.x1) / 2
    columns = np.minimum(np.floor(middle), box.width).astype(np.int64)
    heights = segments.y1 - segments.y0
    own = heights * (1 - (middle - columns))
    order = np.argsort(rows, kind="stable")
    rows, columns, heights, own = rows[order], columns[order], heights[order], own[order]

    mask = np.empty((box.height, box.width), np.uint8)
    wide = box.width + 2
    band = -(-_PIXELS // wide)
    for top in range(0, box.height, band):
        bottom = min(top + band, box.height)
        part = slice(*np.searchsorted(rows, (top, bottom)))
        cells = (rows[part] - top) * wide + columns[part]
        length = (bottom - top) * wide
        areas = np.bincount(cells, own[part], length)
        areas += np.bincount(cells + 1, (heights - own)[part], length)
        # The last two columns are zero again, so a row's sum doesn't run into the next one.
        winding = np.abs(np.cumsum(areas, out=areas), out=areas).reshape(-1, wide)[:, :-2]
        mask[top:bottom] = 255 * np.minimum(winding, 1) + 0.5
    return Coverage(box, mask) if mask.any() else None


def _touched(points: Numbers, picture: Size) -> Box | None:
    """The box of whole pixels around the points, as far as it lies in the picture."""
    limits = (picture.width, picture.height)
    left, top = np.clip(np.floor(points.min(axis=0)), 0, limits).astype(int).tolist()
    right, bottom = np.clip(np.ceil(points.max(axis=0)), 0, limits).astype(int).tolist()
    return Box.between(left, top, right, bottom) if left < right and top < bottom else None


def _covered(start: float, stop: float, first: int, count: int) -> Numbers:
    """How much of each of `count` pixels from `first` on lies between `start` and `stop`."""
    edges = np.clip(np.arange(first, first + count + 1, dtype=np.float64), start, stop)
    return np.diff(edges)


def _clipped(segments: _Segments, box: Box) -> _Segments:
    """Without what lies above and below the box; what lies beside it is laid on its borders."""
    x0, y0, x1, y1 = segments
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(y1 == y0, 0, (x1 - x0) / (y1 - y0))
    top, bottom = np.clip(y0, 0, box.height), np.clip(y1, 0, box.height)
    x0, x1 = x0 + (top - y0) * slope, x0 + (bottom - y0) * slope
    y0, y1 = top, bottom
    with np.errstate(divide="ignore", invalid="ignore"):
        crossings = np.array([[0.0], [box.width]]) - x0
        shares = np.where(x1 == x0, 0, np.clip(crossings / (x1 - x0), 0, 1))
    shares.sort(axis=0)
    stops = np.vstack([np.zeros_like(x0), shares, np.ones_like(x0)])  # (4, n)
    xs = np.clip(x0 + stops * (x1 - x0), 0, box.width)
    ys = y0 + stops * (y1 - y0)
    return _Segments(xs[:-1].ravel(), ys[:-1].ravel(), xs[1:].ravel(), ys[1:].ravel())


def _split_at_rows(segments: _Segments) -> _Segments:
    """Pieces that each lie in one row of pixels. Level ones are left out: they cover nothing."""
    x0, y0, x1, y1 = (ends[segments.y0 != segments.y1] for ends in segments)
    y0, y1, x0, x1 = _split(y0, y1, x0, x1)
    return _Segments(x0, y0, x1, y1)


def _split_at_columns(segments: _Segments) -> _Segments:
    """Pieces that each lie in one column of pixels."""
    x0, x1, y0, y1 = _split(segments.x0, segments.x1, segments.y0, segments.y1)
    return _Segments(x0, y0, x1, y1)


def _split(
    u0: Numbers, u1: Numbers, v0: Numbers, v1: Numbers
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Lines from (u0, v0) to (u1, v1) cut wherever u is a whole number."""
    low, high = np.minimum(u0, u1), np.maximum(u0, u1)
    first = np.floor(low)
    counts = np.maximum(np.ceil(high) - first, 1).astype(np.int64)
    which = np.repeat(np.arange(len(u0)), counts)
    step = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    cut0 = np.maximum(low[which], first[which] + step)
    cut1 = np.minimum(high[which], first[which] + step + 1)
    # In the direction of the line.
    backwards = (u1 < u0)[which]
    start, stop = np.where(backwards, cut1, cut0), np.where(backwards, cut0, cut1)
    length = np.where(u1 == u0, 1, u1 - u0)[which]
    rise = (v1 - v0)[which]
    level = (u1 == u0)[which]
    end = np.where(level, v1[which], v0[which] + (stop - u0[which]) / length * rise)
    return start, stop, v0[which] + (start - u0[which]) / length * rise, end
