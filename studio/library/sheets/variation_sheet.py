"""A grid of variations as one picture, with labels above its columns and beside its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from studio.domain.events import Pixels
from studio.library.sheets.lettering import fitted, font

LARGEST_SIDE_PX: Final = 16_384
_PAPER: Final = (255, 255, 255)
_INK: Final = (30, 30, 30)
_QUIET: Final = (200, 200, 200)
# Shares of a cell's side.
_LETTERS: Final = 0.085
_GAP: Final = 0.02
_LABEL: Final = 0.9


def variation_sheet(
    labels: Sequence[Sequence[str]],
    cell: Callable[[tuple[int, ...]], Pixels | None],
    size: tuple[int, int],
    advance: Callable[[int, int], None] = lambda _done, _total: None,
    largest_side_px: int = LARGEST_SIDE_PX,
) -> Pixels:
    """Lay out a grid of up to three sides: columns, rows, and pages below one another.

    Args:
        labels: those of each side; a side of one empty label takes no room.
        cell: the picture at a place, uint8 (h, w, 3 or 4); None where there is none.
        size: width and height of a cell in pixels; made smaller together if the sheet would be
            larger than `largest_side_px`.
        advance: told how many of the cells are done; what it raises ends the work.

    Returns:
        uint8 (H, W, 3).
    """
    columns, rows, pages = (tuple(side) for side in (*labels, (), (), ())[:3])
    columns, rows, pages = columns or ("",), rows or ("",), pages or ("",)
    layout = _Layout(columns, rows, pages, *size)
    while max(layout.width, layout.height) > largest_side_px:
        share = largest_side_px / max(layout.width, layout.height) * 0.99
        size = (max(1, int(size[0] * share)), max(1, int(size[1] * share)))
        layout = _Layout(columns, rows, pages, *size)
    sheet = Image.new("RGB", (layout.width, layout.height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    done, total = 0, len(columns) * len(rows) * len(pages)
    advance(0, total)
    for z in range(len(pages)):
        layout.write_labels(draw, z)
        for y in range(len(rows)):
            for x in range(len(columns)):
                place = (x, y, z)[: max(len(labels), 1)]
                _paste(sheet, cell(place), layout.corner(x, y, z), size)
                done += 1
                advance(done, total)
    return np.asarray(sheet, np.uint8)


class _Layout:
    """Where everything stands, in pixels."""

    def __init__(
        self,
        columns: Sequence[str],
        rows: Sequence[str],
        pages: Sequence[str],
        width: int,
        height: int,
    ) -> None:
        self._columns, self._rows, self._pages = columns, rows, pages
        self._cell = (width, height)
        side = min(width, height)
        self._type = font(max(8, round(side * _LETTERS)))
        self._heading = font(max(9, round(side * _LETTERS * 1.15)), semibold=True)
        self._gap = max(2, round(side * _GAP))
        line = round(side * _LETTERS * 2)
        widest = max(self._type.getlength(label) for label in rows)
        self._left = round(min(widest, width * _LABEL)) + 2 * self._gap if widest else 0
        self._top = line if any(columns) else 0
        self._page_top = line if any(pages) else 0
        self.page_height = self._page_top + self._top + len(rows) * (height + self._gap)
        self.width = self._gap + self._left + len(columns) * (width + self._gap)
        self.height = self._gap + len(pages) * self.page_height

    def corner(self, x: int, y: int, z: int) -> tuple[int, int]:
        """The upper left corner of a cell."""
        width, height = self._cell
        return (
            self._gap + self._left + x * (width + self._gap),
            self._gap
            + z * self.page_height
            + self._page_top
            + self._top
            + y * (height + self._gap),
        )

    def write_labels(self, draw: ImageDraw.ImageDraw, z: int) -> None:
        """Those of one page."""
        width, height = self._cell
        top = self._gap + z * self.page_height
        if self._page_top:
            text = fitted(self._pages[z], self._heading, self.width - 2 * self._gap)
            middle = top + self._page_top / 2
            draw.text((self._gap, middle), text, _INK, self._heading, anchor="lm")
        for x, label in enumerate(self._columns):
            left, _ = self.corner(x, 0, z)
            middle = top + self._page_top + self._top / 2
            text = fitted(label, self._type, width)
            draw.text((left + width / 2, middle), text, _INK, self._type, anchor="mm")
        for y, label in enumerate(self._rows):
            left, upper = self.corner(0, y, z)
            text = fitted(label, self._type, self._left - 2 * self._gap)
            place = (left - 2 * self._gap, upper + height / 2)
            draw.text(place, text, _INK, self._type, anchor="rm")


def _paste(
    sheet: Image.Image, pixels: Pixels | None, corner: tuple[int, int], size: tuple[int, int]
) -> None:
    if pixels is None:
        sheet.paste(_QUIET, (*corner, corner[0] + size[0], corner[1] + size[1]))
        return
    picture = Image.fromarray(pixels)
    if picture.size != size:
        scale = min(size[0] / picture.width, size[1] / picture.height)
        fitted_wh = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(fitted_wh, Image.Resampling.LANCZOS)
    middle = (
        corner[0] + (size[0] - picture.width) // 2,
        corner[1] + (size[1] - picture.height) // 2,
    )
    sheet.paste(picture, middle, picture if picture.mode == "RGBA" else None)
