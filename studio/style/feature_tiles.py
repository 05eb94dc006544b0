"""Parts of a picture that are small enough for their features to fit into memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import torch


@dataclass(frozen=True, slots=True)
class Span:
    """Pixels of one axis: a part, and what is seen around it. Maps of features have an entry for
    each `stride` pixels; all ends but the picture's own are multiples of it."""

    start: int
    stop: int
    seen_start: int
    seen_stop: int

    @property
    def length(self) -> int:
        return self.stop - self.start

    @property
    def seen(self) -> slice:
        return slice(self.seen_start, self.seen_stop)

    def in_picture(self, stride: int = 1) -> slice:
        """Where the part lies in a map of the whole picture."""
        return slice(self.start // stride, -(-self.stop // stride))

    def in_seen(self, stride: int = 1) -> slice:
        """Where the part lies in a map of what is seen."""
        whole, first = self.in_picture(stride), self.seen_start // stride
        return slice(whole.start - first, whole.stop - first)


@dataclass(frozen=True, slots=True)
class Tile:
    rows: Span
    columns: Span

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the tile itself, in pixels."""
        return self.rows.length, self.columns.length

    def seen(self, picture: torch.Tensor) -> torch.Tensor:
        """What is seen of a picture (1, C, H, W): a view."""
        return picture[:, :, self.rows.seen, self.columns.seen]

    def part(self, features: torch.Tensor, stride: int) -> torch.Tensor:
        """The tile itself, of a map of what is seen."""
        return features[:, :, self.rows.in_seen(stride), self.columns.in_seen(stride)]

    def place(self, stride: int) -> tuple[slice, slice]:
        """Rows and columns of the tile in a map of the whole picture."""
        return self.rows.in_picture(stride), self.columns.in_picture(stride)


def tiles(height: int, width: int, most_px: int, overlap_px: int) -> Sequence[Tile]:
    """Cut a picture into tiles none of which sees more than `most_px` pixels.

    Args:
        most_px: taken as (4 × overlap_px)² if it is less.
        overlap_px: how far a tile sees beyond its edges; these lie at multiples of it.
    """
    most_px = max(most_px, (4 * overlap_px) ** 2)
    rows, columns = _spans(height, 1, overlap_px), _spans(width, 1, overlap_px)
    while _most_seen(rows) * _most_seen(columns) > most_px:
        if _most_seen(rows) >= _most_seen(columns):
            rows = _spans(height, len(rows) + 1, overlap_px)
        else:
            columns = _spans(width, len(columns) + 1, overlap_px)
    return [Tile(*pair) for pair in product(rows, columns)]


def _spans(side: int, count: int, overlap_px: int) -> Sequence[Span]:
    """`count` spans of about the same length, fewer if they'd be shorter than `overlap_px`."""
    cuts = {round(side * i / count / overlap_px) * overlap_px for i in range(count)} | {side}
    return [
        Span(start, stop, max(0, start - overlap_px), min(side, stop + overlap_px))
        for start, stop in pairwise(sorted(cuts))
    ]


def _most_seen(spans: Sequence[Span]) -> int:
    return max(span.seen_stop - span.seen_start for span in spans)
