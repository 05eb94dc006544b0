"""Large pictures row by row, so that arithmetic takes the memory of some rows only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_ROWS: Final = 256


def strips(height: int) -> Iterator[slice]:
    """The rows of a picture in groups, from the top down."""
    for start in range(0, height, _ROWS):
        yield slice(start, min(height, start + _ROWS))
