"""The outline of a mask, for the marching ants."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.document.selection.coverage import Coverage

Polyline = NDArray[np.int32]
Indices = NDArray[np.int64]
Cells = NDArray[np.bool_]

# A corner of four cells by what is selected: 1 left above, 2 right above, 4 left below, 8 right
# below. The outline turns at it once, twice if two cells touch only there, or goes straight on.
_TURNS = np.array([0, 1, 1, 0, 1, 0, 2, 1, 1, 2, 0, 1, 0, 1, 1, 0], np.uint8)
_LEFT_GOES_DOWN = 6  # right above and left below: the line from the left turns down


def outlines(selected: Coverage, cell_px: int = 1) -> list[Polyline]:
    """The lines around what is at least half selected: corners (n, 2) as (x, y) in pixels of the
    picture, from the last one back to the first, along the sides of pixels.

    Beyond its box nothing counts as selected: where only a part of the picture is seen, give one
    cell more than is seen. With `cell_px` above 1, squares of so many pixels, counted from the
    picture's corner, are taken as one: for pictures shown smaller than they are. A square with
    anything selected in it is selected, so that thin lines never disappear.
    """
    cells = _cells(selected, cell_px)
    box = selected.box
    left, top = box.x // cell_px, box.y // cell_px
    lines = []
    for rows, columns in _loops(cells):
        x = np.clip((columns + left) * cell_px, box.x, box.right)
        y = np.clip((rows + top) * cell_px, box.y, box.bottom)
        lines.append(np.column_stack([x, y]).astype(np.int32))
    return lines


def _cells(selected: Coverage, cell_px: int) -> Cells:
    """Which squares are selected, from the one that holds the box's left upper corner on."""
    mask, box = selected.mask, selected.box
    if cell_px > 1:
        mask = np.pad(
            mask,
            [
                (first % cell_px, -last % cell_px)
                for first, last in ((box.y, box.bottom), (box.x, box.right))
            ],
        )
        height, width = mask.shape
        mask = mask.reshape(-1, cell_px, width).max(axis=1)
        mask = mask.reshape(height // cell_px, -1, cell_px).max(axis=2)
    return mask >= 128


def _loops(cells: Cells) -> list[tuple[Indices, Indices]]:
    """The rows and columns of each closed line's corners.

    Along a row of corners, turns pair up: at every second one a level line begins that ends at the
    next. Along a column likewise with upright lines. A loop follows both in turn.
    """
    padded = np.pad(cells, 1).view(np.uint8)
    kinds = padded[:-1, :-1].copy()
    kinds |= padded[:-1, 1:] << 1
    kinds |= padded[1:, :-1] << 2
    kinds |= padded[1:, 1:] << 3
    turns = _TURNS[kinds]
    rows, columns = np.nonzero(turns)
    counts = turns[rows, columns]
    rows, columns = np.repeat(rows, counts), np.repeat(columns, counts)
    level = np.arange(len(rows)) ^ 1
    upright = _upright_partners(rows, columns, kinds[rows, columns])
    unseen = np.ones(len(rows), np.bool_).tolist()
    level_of, upright_of = level.tolist(), upright.tolist()
    loops = []
    for start in range(0, len(rows), 2):
        if not unseen[start]:
            continue
        loop, here = [], start
        while unseen[here]:
            there = level_of[here]
            unseen[here] = unseen[there] = False
            loop += [here, there]
            here = upright_of[there]
        loops.append((rows[loop], columns[loop]))
    return loops


def _upright_partners(rows: Indices, columns: Indices, kinds: NDArray[np.uint8]) -> Indices:
    """Which turn is at the other end of each turn's upright line.

    Of two turns at one corner the first is that of the line from the left.
    """
    second = np.zeros(len(rows), np.bool_)
    second[1:] = (rows[1:] == rows[:-1]) & (columns[1:] == columns[:-1])
    downward = second ^ (kinds == _LEFT_GOES_DOWN)
    order = np.lexsort((downward, rows, columns))
    partners = np.empty_like(order)
    partners[order] = order.reshape(-1, 2)[:, ::-1].ravel()
    return partners
