"""How several pictures are set into a room. Pure arithmetic, no Qt."""

from __future__ import annotations

from collections.abc import Iterable

from studio.domain.geometry import Size


def common_frame(sizes: Iterable[Size]) -> Size:
    """What each of some pictures is fitted into, so that a zoom means the same for all: a picture
    and its upscaled copy lie in it alike."""
    sizes = tuple(sizes)
    return Size(max(size.width for size in sizes), max(size.height for size in sizes))


def columns_for(count: int, picture: Size, room: Size) -> int:
    """In how many columns `count` pictures of one size are seen largest; the fewest of those."""

    def scale(columns: int) -> float:
        rows = -(-count // columns)
        return min(room.width / columns / picture.width, room.height / rows / picture.height)

    return max(range(1, count + 1), key=scale)
