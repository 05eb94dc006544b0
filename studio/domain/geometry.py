"""Sizes in pixels and how they fit what a model family can draw."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """A width and a height in pixels, both at least 1."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"a size is at least 1 × 1, not {self.width} × {self.height}")

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"

    @property
    def pixels(self) -> int:
        return self.width * self.height

    def times(self, factor: int) -> Size:
        """`factor` times as wide and as high."""
        return Size(self.width * factor, self.height * factor)

    def scaled(self, factor: float) -> Size:
        """`factor` times as wide and as high, to the pixel, at least 1 × 1."""
        return Size(max(1, round(self.width * factor)), max(1, round(self.height * factor)))

    def snapped(self, multiple: int) -> Size:
        """The nearest size whose sides are multiples of `multiple`, at least one multiple each."""
        return Size(snap(self.width, multiple), snap(self.height, multiple))

    def fitted_into(self, bounds: Size) -> Size:
        """The largest size of the same proportions (to the pixel) that fits inside `bounds`."""
        scale = min(bounds.width / self.width, bounds.height / self.height)
        return Size(
            min(bounds.width, max(1, round(self.width * scale))),
            min(bounds.height, max(1, round(self.height * scale))),
        )


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of whole pixels in a picture.

    `x` and `y` (0 or more) are its left upper corner, `right` and `bottom` the first column and
    row after it.
    """

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        numbers = (self.x, self.y, self.width, self.height)
        if not all(type(number) is int for number in numbers):
            raise ValueError(f"a box is made of whole numbers, not {numbers}")
        if min(self.x, self.y) < 0 or min(self.width, self.height) < 1:
            raise ValueError(f"a box lies inside a picture and isn't empty, unlike {numbers}")

    def __str__(self) -> str:
        return f"{self.size} at {self.x}, {self.y}"

    @classmethod
    def whole(cls, size: Size) -> Box:
        """All of a picture of `size`."""
        return cls(0, 0, size.width, size.height)

    @classmethod
    def between(cls, left: int, top: int, right: int, bottom: int) -> Box:
        """The box from `left` and `top` to just before `right` and `bottom`."""
        return cls(left, top, right - left, bottom - top)

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def size(self) -> Size:
        return Size(self.width, self.height)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns: `pixels[box.slices]` is what lies in the box."""
        return slice(self.y, self.bottom), slice(self.x, self.right)

    def grown(self, margin_px: int, within: Size) -> Box:
        """The box with `margin_px` more at each side, as far as a picture of `within` goes."""
        return Box.between(
            max(0, self.x - margin_px),
            max(0, self.y - margin_px),
            min(within.width, self.right + margin_px),
            min(within.height, self.bottom + margin_px),
        )

    def moved(self, right_px: int, down_px: int) -> Box:
        """The box further to the right and down; negative numbers go the other way."""
        return Box(self.x + right_px, self.y + down_px, self.width, self.height)


def snap(value: int, multiple: int) -> int:
    """The multiple of `multiple` nearest to `value`; ties go up; never below `multiple`."""
    return max(multiple, (value + multiple // 2) // multiple * multiple)
