"""How a box of whole pixels follows the pointer: its edges held, snapped, kept in the picture."""

from __future__ import annotations

from dataclasses import dataclass

from studio.domain.geometry import Box, Size, snap


@dataclass(frozen=True, slots=True)
class Sides:
    """The edges of a box that are held: one of them, or two that meet in a corner."""

    left: bool = False
    top: bool = False
    right: bool = False
    bottom: bool = False

    def __bool__(self) -> bool:
        return self.left or self.top or self.right or self.bottom


@dataclass(frozen=True, slots=True)
class Snapping:
    """What a box keeps to in a picture of size `picture`.

    An edge within `reach_px` of one of `columns` or `rows` goes there; else the side becomes a
    multiple of `multiple_px`. No side gets shorter than `least_px`, as far as the picture has room
    for that. A `multiple_px` of 1 and a `reach_px` of 0 let the box go free.
    """

    picture: Size
    columns: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()
    multiple_px: int = 1
    reach_px: float = 0
    least_px: int = 1


def moved(box: Box, right_px: float, down_px: float, snapping: Snapping) -> Box:
    """The box elsewhere in the picture, as large as before; the nearer of two edges snaps."""
    picture, reach = snapping.picture, snapping.reach_px
    x = _moved(box.x, box.width, right_px, picture.width, snapping.columns, reach)
    y = _moved(box.y, box.height, down_px, picture.height, snapping.rows, reach)
    return Box(x, y, box.width, box.height)


def resized(box: Box, sides: Sides, right_px: float, down_px: float, snapping: Snapping) -> Box:
    """The box with the edges that are held moved that far; the others stay where they are."""
    left, top, right, bottom = box.x, box.y, box.right, box.bottom
    width, height = snapping.picture.width, snapping.picture.height
    if sides.left:
        left = right - _length(right, left + right_px, -1, width, snapping.columns, snapping)
    elif sides.right:
        right = left + _length(left, right + right_px, 1, width, snapping.columns, snapping)
    if sides.top:
        top = bottom - _length(bottom, top + down_px, -1, height, snapping.rows, snapping)
    elif sides.bottom:
        bottom = top + _length(top, bottom + down_px, 1, height, snapping.rows, snapping)
    return Box.between(left, top, right, bottom)


def drawn(start: tuple[float, float], end: tuple[float, float], snapping: Snapping) -> Box:
    """A new box from one corner to the opposite one, both (x, y) anywhere."""
    picture = snapping.picture
    left, right = _drawn(start[0], end[0], picture.width, snapping.columns, snapping)
    top, bottom = _drawn(start[1], end[1], picture.height, snapping.rows, snapping)
    return Box.between(left, top, right, bottom)


def _moved(
    start: int, length: int, by: float, room: int, lines: tuple[int, ...], reach: float
) -> int:
    wanted = start + by
    ways = [line - edge for line in lines for edge in (wanted, wanted + length)]
    way = min(ways, key=abs, default=0)
    if abs(way) <= reach:
        wanted += way
    return min(max(0, round(wanted)), room - length)


def _length(
    fixed: int, wanted: float, way: int, room: int, lines: tuple[int, ...], snapping: Snapping
) -> int:
    """How long the side is whose one end stays at `fixed` while the other, further along by `way`
    (1 or -1), is wanted elsewhere."""
    most = room - fixed if way > 0 else fixed
    least = min(snapping.least_px, most)
    wanted = min(max(0, wanted), room)
    line = min(lines, key=lambda line: abs(line - wanted), default=None)
    if line is not None and abs(line - wanted) <= snapping.reach_px:
        length = (line - fixed) * way
        if least <= length <= most:
            return length
    multiple = snapping.multiple_px
    length = snap(round((wanted - fixed) * way), multiple)
    if length < least:
        length = -(-least // multiple) * multiple
    if length > most:
        length = most // multiple * multiple
    return length if length >= least else most


def _drawn(
    start: float, end: float, room: int, lines: tuple[int, ...], snapping: Snapping
) -> tuple[int, int]:
    way = 1 if end >= start else -1
    fixed = _moved(0, 0, start, room, lines, snapping.reach_px)
    ahead = room - fixed if way > 0 else fixed
    if ahead < min(snapping.least_px, room - ahead):
        way = -way  # drawn towards a border that is too near
    other = fixed + way * _length(fixed, end, way, room, lines, snapping)
    return min(fixed, other), max(fixed, other)
