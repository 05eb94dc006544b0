"""Selecting an object by a click on it, strokes over it or a box around it.

No model is needed: colours and edges of the picture itself decide, as in GrabCut. How it goes:

1. The picture is made small. Nearness to where the artist pointed (along ways that cross few
   edges) gives a first guess of the object, at several sizes where no box tells its size.
2. Each guess is improved in rounds: histograms of the colours inside and outside, then the cut
   along the picture's edges that suits them best.
3. The guess with the clearest and most compact outline wins.
4. What lies around it is looked at once more, larger, for a finer cut.
5. A guided filter draws the mask along the edges of the picture at full size.

Source of the whole: Rother et al. 2004, “GrabCut”; of each step: see the modules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from studio.document import masks
from studio.document.selection.colour_models import Palette
from studio.document.selection.coverage import Coverage
from studio.document.selection.cut import cut
from studio.document.selection.flood import connected
from studio.document.selection.geodesic import geodesic_distance
from studio.document.selection.guided import guided, guided_coefficients
from studio.document.selection.oklab import oklab
from studio.document.selection.shapes import Point
from studio.document.selection.similar import Reader
from studio.document.selection.view import Flags, Plane, View, opaque
from studio.domain.geometry import Box, Size

METHOD: Final = "colours and edges"

Stroke = tuple[Point, ...]

_ROUGH_PX: Final = 192
_FINE_PX: Final = 448
_TILE_PX: Final = 128

# Each guess reaches over so much of the picture at first.
_SHARES: Final = (0.6, 0.4, 0.25, 0.16, 0.1, 0.06, 0.035, 0.02, 0.01)
# What a pixel of the way costs, where 1 is the way from black to white.
_PER_PX: Final = 0.04
_NEARNESS: Final = 2.0  # how much nearness counts, compared with colours
_SMOOTHNESS: Final = 3.0
_CERTAIN: Final = 50.0
_ROUNDS: Final = 3
_ITERATIONS: Final = 25
_FINE_ROUNDS: Final = 2
_FINE_ITERATIONS: Final = 40
_ROUGH_DOUBT_PX: Final = 3
_GUIDE_PX: Final = 2


@dataclass(frozen=True, slots=True)
class Hints:
    """What the artist pointed at, in pixels of the picture as `shapes` counts them.

    Args:
        inside: clicks (one point each) and strokes over the object.
        outside: clicks and strokes over what doesn't belong to it.
        box: all of the object lies in it.

    Raises:
        ValueError: there is neither anything inside nor a box.
    """

    inside: tuple[Stroke, ...] = ()
    outside: tuple[Stroke, ...] = ()
    box: Box | None = None

    def __post_init__(self) -> None:
        if not self.inside and self.box is None:
            raise ValueError("an object needs a click, a stroke or a box")


def object_mask(read: Reader, picture: Size, hints: Hints) -> Coverage | None:
    """The mask of the object that `hints` point at; None if they leave nothing inside.

    `read` gives the pixels of a box, uint8 sRGB (h, w, 3) or with alpha (h, w, 4). The same
    picture and hints give the same mask.
    """
    seen = Box.whole(picture)
    if hints.box is not None:
        seen = hints.box.grown(max(hints.box.width, hints.box.height) // 2, picture)
    view = View(read, seen, _ROUGH_PX)
    rough = _rough(view, hints)
    if (bounds := masks.bounds(rough.view(np.uint8))) is None:
        return None
    found = view.in_picture(bounds)
    near = View(read, found.grown(max(found.width, found.height) // 4 + 8, picture), _FINE_PX)
    fine = _fine(near, view.enlarged(rough, near, _ROUGH_DOUBT_PX), hints)
    return _at_full_size(read, near, fine)


class _Known:
    """What the hints say of a view for sure."""

    def __init__(self, view: View, hints: Hints) -> None:
        self.inside = view.drawn(hints.inside)
        self.outside = view.drawn(hints.outside) & ~self.inside
        if hints.box is not None:
            self.outside |= ~view.inside(hints.box)
        self.starts = [
            tuple(pixel)
            for stroke in hints.inside
            for pixel in np.argwhere(view.drawn([stroke]))[:1].tolist()
        ]

    def applied(self, cost: Plane) -> Plane:
        cost[self.inside] = -_CERTAIN
        cost[self.outside] = _CERTAIN
        return cost

    def reached_in(self, inside: Flags) -> Flags:
        """What hangs together with a stroke; all, if there are none."""
        if not self.starts:
            return inside
        reached = np.zeros_like(inside)
        for row, column in self.starts:
            if not reached[row, column]:
                reached |= connected(inside, row, column)
        return reached


def _rough(view: View, hints: Hints) -> Flags:
    """The best guess."""
    known = _Known(view, hints)
    palette = Palette(view.colours)
    guesses = [
        _improved(view, palette, nearness, known) for nearness in _first_guesses(view, known, hints)
    ]
    return max(guesses, key=lambda guess: _clearness(view, guess))


def _first_guesses(view: View, known: _Known, hints: Hints) -> Iterator[Plane]:
    """(h, w) each: 1 near to the strokes, 0 where the object is thought to end, down to -1."""
    if not hints.inside and hints.box is not None:
        yield _amid(view, hints.box)
        return
    distance = geodesic_distance(view.colours, known.inside, _PER_PX)
    nearer = np.ones_like(distance)
    if hints.outside:
        other = geodesic_distance(view.colours, view.drawn(hints.outside), _PER_PX)
        nearer = (other - distance) / np.maximum(other + distance, _PER_PX)
    if any(len(stroke) > 1 for stroke in hints.outside):
        yield nearer  # strokes outside tell how large the object is
        return
    ranked = np.sort(distance, axis=None)
    for share in _SHARES:
        reach = ranked[int(share * (ranked.size - 1))] + np.float32(1e-3)
        yield np.minimum(1 - (distance / reach) ** 2, nearer).clip(-1)


def _amid(view: View, box: Box) -> Plane:
    """0.7 in the middle of a box, 0 on the ellipse that fills it, -1 outside of the box."""
    left, top, right, bottom = view.part(box)
    x, y = np.arange(view.width) + 0.5, np.arange(view.height) + 0.5
    across = (2 * x - left - right) / (right - left)
    down = (2 * y - top - bottom) / (bottom - top)
    nearness = np.maximum(0.7 * (1 - across**2 - down[:, None] ** 2), -1).astype(np.float32)
    nearness[~view.inside(box)] = -1
    return nearness


def _improved(view: View, palette: Palette, nearness: Plane, known: _Known) -> Flags:
    """What is inside after some rounds of colours and cuts, (h, w)."""
    weights = np.exp(np.float32(2.5) * (nearness - 1))
    u = (nearness > 0).astype(np.float32)
    inside: Flags = nearness > 0
    for _ in range(_ROUNDS):
        cost = known.applied(palette.cost(weights, 1 - weights) - _NEARNESS * nearness)
        u = cut(cost, view.edges, _SMOOTHNESS, u, _ITERATIONS)
        inside = known.reached_in(u > 0.5)
        weights = inside.astype(np.float32)
    return inside


def _clearness(view: View, inside: Flags) -> float:
    """How clear and compact an outline is, 0 to 1. The picture's border is no clear outline."""
    contrast, length = view.edges.contrast(inside)
    border = sum(int(side.sum()) for side in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))
    if length == 0:
        return 0.0
    # 1 for a disc, whose outline along the sides of pixels is 4 / π times as long as its own.
    roundness = 64 * int(inside.sum()) / np.pi / (length + border) ** 2
    return float(contrast * length / (length + border / 2) * min(1, roundness) ** 0.25)


def _fine(view: View, rough: Plane, hints: Hints) -> Flags:
    """The cut in a larger view, near the rough one (h, w), 0 to 1."""
    known = _Known(view, hints)
    palette = Palette(view.colours)
    weights, u = rough, rough
    inside: Flags = rough > 0.5
    for _ in range(_FINE_ROUNDS):
        cost = palette.cost(weights, 1 - weights) - _NEARNESS * (2 * rough - 1)
        u = cut(known.applied(cost), view.edges, _SMOOTHNESS, u, _FINE_ITERATIONS)
        inside = known.reached_in(u > 0.5)
        weights = inside.astype(np.float32)
    return inside


def _at_full_size(read: Reader, view: View, inside: Flags) -> Coverage | None:
    """The mask of what is inside in a view, as large as the view's box and then trimmed."""
    coefficients = guided_coefficients(view.colours, inside.astype(np.float32), _GUIDE_PX)
    box = view.box
    mask = np.zeros((box.height, box.width), np.uint8)
    for top in range(box.y, box.bottom, _TILE_PX):
        for left in range(box.x, box.right, _TILE_PX):
            right, bottom = min(left + _TILE_PX, box.right), min(top + _TILE_PX, box.bottom)
            tile = Box.between(left, top, right, bottom)
            target = mask[tile.moved(-box.x, -box.y).slices]
            part = view.part(tile)
            around = _widened(inside, part)
            if around.all() or not around.any():
                target[:] = 255 * around[0, 0]
            else:
                colours = oklab(opaque(read(tile)))
                target[:] = 255 * guided(colours, coefficients, part) + 0.5
    trimmed = masks.bounds(mask)
    if trimmed is None:
        return None
    return Coverage(trimmed.moved(box.x, box.y), mask[trimmed.slices])


def _widened(inside: Flags, part: tuple[float, float, float, float]) -> Flags:
    """All that has a say in what the guided filter draws in a part of a view."""
    left, top, right, bottom = part
    reach = 2 * _GUIDE_PX + 1
    rows = slice(max(0, int(top) - reach), int(np.ceil(bottom)) + reach)
    return inside[rows, max(0, int(left) - reach) : int(np.ceil(right)) + reach]
