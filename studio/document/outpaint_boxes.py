"""How a picture is extended: in overlapping squares, each of which sees what is there already."""

from __future__ import annotations

from typing import Final

from studio.document.inpaint_box import WorkingArea
from studio.domain.geometry import Box, Size
from studio.domain.inpaint import Extents
from studio.domain.model import ModelInfo

# What a model of 512 px sees without much loss of detail; less would forget what the picture shows.
_LEAST_SEEN_PX: Final = 1024


def outpainting_area(picture: Size, extend: Extents, model: ModelInfo) -> WorkingArea:
    """Squares in the extended picture that cover all that is new, in the order to paint them.

    The picture grows by one strip after the other, each at most half a square wide; the squares
    along a strip overlap by a quarter.
    """
    native = model.native_size
    side = min(picture.width, picture.height, max(_LEAST_SEEN_PX, 2 * native.width))
    size = Size(native.width, native.width).snapped(model.size_multiple_px)
    full = Box.whole(extend.of(picture))
    known = Box(extend.left, extend.top, picture.width, picture.height)
    boxes: list[Box] = []
    while known != full:
        known, strip = _advance(known, full, max(1, side // 2))
        boxes += _squares_over(strip, known, side)
    return WorkingArea(tuple(boxes), size)


def _advance(known: Box, full: Box, most_px: int) -> tuple[Box, Box]:
    """`known` with the next strip, at the side where most is missing, and that strip."""
    missing = {
        "left": known.x,
        "top": known.y,
        "right": full.right - known.right,
        "bottom": full.bottom - known.bottom,
    }
    side = max(missing, key=missing.__getitem__)
    step = min(missing[side], most_px)
    left, top, right, bottom = known.x, known.y, known.right, known.bottom
    match side:
        case "left":
            strip = Box.between(left - step, top, left, bottom)
            left -= step
        case "top":
            strip = Box.between(left, top - step, right, top)
            top -= step
        case "right":
            strip = Box.between(right, top, right + step, bottom)
            right += step
        case _:
            strip = Box.between(left, bottom, right, bottom + step)
            bottom += step
    return Box.between(left, top, right, bottom), strip


def _squares_over(strip: Box, known: Box, side: int) -> list[Box]:
    """Squares inside `known` that cover `strip`, a part of it, and show what lies beside it."""
    if strip.height == known.height:
        x = strip.x if strip.x == known.x else strip.right - side
        return [Box(x, y, side, side) for y in _starts(known.y, known.height, side)]
    y = strip.y if strip.y == known.y else strip.bottom - side
    return [Box(x, y, side, side) for x in _starts(known.x, known.width, side)]


def _starts(start: int, length: int, side: int) -> list[int]:
    """Where squares begin that cover `length` from `start`, overlapping by a quarter or more."""
    room = length - side
    count = -(-room // max(1, side * 3 // 4)) + 1
    return [start + room * index // max(1, count - 1) for index in range(count)]
