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


def snap(value: int, multiple: int) -> int:
    """The multiple of `multiple` nearest to `value`; ties go up; never below `multiple`."""
    return max(multiple, (value + multiple // 2) // multiple * multiple)
