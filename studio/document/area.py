"""Rectangles of whole pixels that may reach beyond a picture, or be empty."""

from __future__ import annotations

from dataclasses import dataclass

from studio.domain.geometry import Box, Size


@dataclass(frozen=True, slots=True)
class Area:
    """From column `x` and row `y` to just before `right` and `bottom`; any of them may be negative.

    Empty where it isn't at least one pixel wide and high. A layer moved partly out of the picture
    has its pixels in such an area, while a `Box` always lies inside a picture.
    """

    x: int
    y: int
    right: int
    bottom: int

    @classmethod
    def of(cls, box: Box | Area) -> Area:
        return cls(box.x, box.y, box.right, box.bottom)

    @classmethod
    def whole(cls, size: Size) -> Area:
        """All of a picture of `size`."""
        return cls(0, 0, size.width, size.height)

    @property
    def width(self) -> int:
        return max(0, self.right - self.x)

    @property
    def height(self) -> int:
        return max(0, self.bottom - self.y)

    @property
    def is_empty(self) -> bool:
        return self.right <= self.x or self.bottom <= self.y

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, for an area without negative numbers."""
        return slice(self.y, self.bottom), slice(self.x, self.right)

    def moved(self, right_px: int, down_px: int) -> Area:
        return Area(
            self.x + right_px, self.y + down_px, self.right + right_px, self.bottom + down_px
        )

    def common(self, other: Box | Area) -> Area:
        """What lies in both; empty if nothing does."""
        return Area(
            max(self.x, other.x),
            max(self.y, other.y),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def around(self, other: Box | Area) -> Area:
        """The smallest area that holds both; an empty one adds nothing."""
        if self.is_empty:
            return Area.of(other)
        if other.width < 1 or other.height < 1:
            return self
        return Area(
            min(self.x, other.x),
            min(self.y, other.y),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def box(self, within: Size) -> Box | None:
        """What of it lies in a picture of `within`; None if nothing does."""
        inside = self.common(Area.whole(within))
        return None if inside.is_empty else Box(inside.x, inside.y, inside.width, inside.height)


NOWHERE = Area(0, 0, 0, 0)
