"""Where the model looks when a part of a picture is painted anew, and at which size."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.document.masks import Mask, bounds
from studio.domain.geometry import Box, Size, snap
from studio.domain.limits import MIN_SIDE_PX
from studio.domain.model import ModelInfo

# More than twice the picture's own resolution is work that is thrown away.
MOST_ENLARGED: Final = 2
# Models have seen no pictures that are much wider than high, or the other way round.
MOST_ELONGATED: Final = 2
_LONGEST: Final = 4
_CELLS: Final = 256


@dataclass(frozen=True, slots=True)
class WorkingArea:
    """What the model sees: `boxes` of the picture, each drawn at `size`."""

    boxes: tuple[Box, ...]
    size: Size


def working_area(area: Box, picture: Size, model: ModelInfo, padding_px: int) -> WorkingArea:
    """The box around `area` with `padding_px` of what surrounds it, and the size to draw it at.

    The size has about as many pixels as the model draws best; the box has the size's proportions
    unless the picture is too narrow for that, and never leaves the picture.
    """
    native = model.native_size
    box = area.grown(padding_px, picture)
    least = min(native.width, native.height) // MOST_ENLARGED
    least = max(least, -(-max(box.width, box.height) // MOST_ELONGATED))
    box = _widened(box, least, least, picture)
    size = _size_for(box, native, model.size_multiple_px)
    return WorkingArea((_proportioned(box, size, picture),), size)


def whole_picture(picture: Size, model: ModelInfo) -> WorkingArea:
    """All of the picture at once, at about as many pixels as the model draws best."""
    return whole_area(Box.whole(picture), model)


def whole_area(box: Box, model: ModelInfo) -> WorkingArea:
    """That box of a picture at once, at about as many pixels as the model draws best."""
    return WorkingArea((box,), _size_for(box, model.native_size, model.size_multiple_px))


def inset(box: Box, margin_px: int, picture: Size) -> Box | None:
    """The box without `margin_px` at each side that isn't a border of the picture; None if nothing
    is left."""
    left = box.x + margin_px if box.x else 0
    top = box.y + margin_px if box.y else 0
    right = box.right if box.right == picture.width else box.right - margin_px
    bottom = box.bottom if box.bottom == picture.height else box.bottom - margin_px
    return Box.between(left, top, right, bottom) if left < right and top < bottom else None


def working_areas(
    mask: Mask, model: ModelInfo, padding_px: int, within: Box | None = None
) -> WorkingArea:
    """A box for each island of the mask, all drawn at one size; islands that come into another
    one's box share theirs. None of them leaves `within`, outside of which the mask doesn't count.

    Raises:
        ValueError: the mask is black.
    """
    if within is not None:
        found = working_areas(mask[within.slices], model, padding_px)
        moved = tuple(box.moved(within.x, within.y) for box in found.boxes)
        return WorkingArea(moved, found.size)
    picture = Size(mask.shape[1], mask.shape[0])
    areas = islands(mask)
    if not areas:
        raise ValueError("the mask is black")
    while True:
        largest = max(areas, key=lambda area: area.size.pixels)
        size = working_area(largest, picture, model, padding_px).size
        boxes = [
            _proportioned(working_area(area, picture, model, padding_px).boxes[0], size, picture)
            for area in areas
        ]
        merged = _merged(areas, boxes)
        if len(merged) == len(areas):
            return WorkingArea(tuple(boxes), size)
        areas = merged


def islands(mask: Mask) -> list[Box]:
    """A box around each connected part of what isn't black, from the top down.

    Parts nearer to each other than a 256th of the picture's longer side count as one.
    """
    cell = -(-max(mask.shape) // _CELLS)
    found = []
    waiting = {(row, column) for row, column in np.argwhere(_cells(mask, cell)).tolist()}
    while waiting:
        start = min(waiting)
        part = _connected(start, waiting)
        waiting -= part
        rows, columns = [row for row, _ in part], [column for _, column in part]
        coarse = Box.between(
            min(columns) * cell,
            min(rows) * cell,
            min((max(columns) + 1) * cell, mask.shape[1]),
            min((max(rows) + 1) * cell, mask.shape[0]),
        )
        if (exact := bounds(mask[coarse.slices])) is not None:
            found.append(exact.moved(coarse.x, coarse.y))
    return found


def _cells(mask: Mask, cell: int) -> NDArray[np.bool_]:
    """Which squares of `cell` pixels have anything that isn't black."""
    height, width = (-(-side // cell) * cell for side in mask.shape)
    padded = np.zeros((height, width), np.bool_)
    padded[: mask.shape[0], : mask.shape[1]] = mask > 0
    squares = padded.reshape(height // cell, cell, width // cell, cell)
    return np.asarray(squares.any(axis=(1, 3)), np.bool_)


def _connected(start: tuple[int, int], among: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """The cells of `among` that can be reached from `start`, diagonals included."""
    reached, queue = {start}, deque([start])
    while queue:
        row, column = queue.popleft()
        for near in ((row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
            if near in among and near not in reached:
                reached.add(near)
                queue.append(near)
    return reached


def _merged(areas: list[Box], boxes: list[Box]) -> list[Box]:
    """The areas, with the first one that another's box touches taken together with that one."""
    for i, box in enumerate(boxes):
        for j, area in enumerate(areas):
            if i != j and _overlap(box, area):
                rest = [other for k, other in enumerate(areas) if k not in (i, j)]
                return [*rest, _around(areas[i], area)]
    return areas


def _overlap(one: Box, other: Box) -> bool:
    return (
        max(one.x, other.x) < min(one.right, other.right)
        and max(one.y, other.y) < min(one.bottom, other.bottom)
    )  # fmt: skip


def _around(one: Box, other: Box) -> Box:
    return Box.between(
        min(one.x, other.x),
        min(one.y, other.y),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
    )


def _size_for(box: Box, native: Size, multiple_px: int) -> Size:
    """As many pixels as `native` in the box's proportions, but for boxes like a thread."""
    scale = (native.pixels / box.size.pixels) ** 0.5
    least = -(-MIN_SIDE_PX // multiple_px) * multiple_px
    most = snap(_LONGEST * max(native.width, native.height), multiple_px)
    width, height = (
        min(max(least, snap(round(side * scale), multiple_px)), most)
        for side in (box.width, box.height)
    )
    return Size(width, height)


def _proportioned(box: Box, size: Size, picture: Size) -> Box:
    """The smallest box around `box` with the proportions of `size`, as far as the picture goes."""
    return _widened(
        box,
        round(box.height * size.width / size.height),
        round(box.width * size.height / size.width),
        picture,
    )


def _widened(box: Box, width: int, height: int, picture: Size) -> Box:
    """At least `width` and `height` large, around the same centre or as near as the borders let."""
    width = min(max(box.width, width), picture.width)
    height = min(max(box.height, height), picture.height)
    x = min(max(0, box.x - (width - box.width) // 2), picture.width - width)
    y = min(max(0, box.y - (height - box.height) // 2), picture.height - height)
    return Box(x, y, width, height)
