"""Contact sheets: pictures in columns on pages of paper, with captions, as PNG or PDF."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Final

from PIL import Image, ImageDraw, ImageFont

from studio.domain.checks import check_number, check_whole
from studio.domain.errors import UsageError
from studio.domain.geometry import Box, Size
from studio.library.sheets.lettering import fitted, font

MOST_COLUMNS: Final = 12
MAX_MARGIN_MM: Final = 40.0
MIN_DPI: Final = 20
MAX_DPI: Final = 300
MAX_TITLE_CHARS: Final = 200
_MM_PER_INCH: Final = 25.4
_GAP_MM: Final = 4.0
_TITLE_MM: Final = 6.0
_TEXT_MM: Final = 2.6
_SMALLEST_TEXT_PX: Final = 5
_LEADING: Final = 1.35
# A picture may be this many times as high as its column is wide.
_HIGHEST: Final = 1.6


class Paper(StrEnum):
    """What a page is as large as."""

    A4 = "A4"
    A4_LANDSCAPE = "A4 landscape"
    A3 = "A3"
    A3_LANDSCAPE = "A3 landscape"
    LETTER = "Letter"
    SCREEN = "Screen 16:9"

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height in millimetres."""
        return _PAPERS[self]


class Caption(StrEnum):
    """What may stand below a picture."""

    PROMPT = "prompt"
    SEED = "seed"
    SETTINGS = "settings"


class Background(StrEnum):
    """The colour of the paper; the ink goes with it."""

    WHITE = "white"
    GREY = "grey"
    BLACK = "black"


_PAPERS: Final = {
    Paper.A4: (210.0, 297.0),
    Paper.A4_LANDSCAPE: (297.0, 210.0),
    Paper.A3: (297.0, 420.0),
    Paper.A3_LANDSCAPE: (420.0, 297.0),
    Paper.LETTER: (215.9, 279.4),
    Paper.SCREEN: (320.0, 180.0),
}
_INKS: Final = {
    Background.WHITE: ("#ffffff", "#1c1c1c", "#5c5c5c"),
    Background.GREY: ("#808080", "#000000", "#1c1c1c"),
    Background.BLACK: ("#111111", "#f2f2f2", "#a3a3a3"),
}
_LINES: Final = {Caption.PROMPT: 2, Caption.SEED: 1, Caption.SETTINGS: 2}


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """How pictures are laid out.

    `columns` is 1 to 12, `margin_mm` 0 to 40, `dpi` 20 to 300. The title stands on the first page.

    Raises:
        RequestError: a value is out of range; the sentence names it and the range.
    """

    columns: int = 4
    paper: Paper = Paper.A4
    captions: frozenset[Caption] = frozenset({Caption.PROMPT, Caption.SEED})
    title: str = ""
    margin_mm: float = 12.0
    background: Background = Background.WHITE
    dpi: int = 200

    def __post_init__(self) -> None:
        check_whole("number of columns", self.columns, 1, MOST_COLUMNS)
        check_whole("resolution", self.dpi, MIN_DPI, MAX_DPI)
        check_number("margin", self.margin_mm, 0, MAX_MARGIN_MM)
        object.__setattr__(self, "title", " ".join(self.title[:MAX_TITLE_CHARS].split()))

    @property
    def page(self) -> Size:
        """A page in pixels."""
        width_mm, height_mm = self.paper.size_mm
        return Size(self._px(width_mm), self._px(height_mm))

    @property
    def inside(self) -> Box:
        """What is left within the margins, in pixels."""
        margin, page = self._px(self.margin_mm), self.page
        return Box.between(margin, margin, page.width - margin, page.height - margin)

    @property
    def column_px(self) -> int:
        """How wide a picture and its caption may be."""
        return max(1, (self.inside.width - (self.columns - 1) * self._gap_px) // self.columns)

    @property
    def text_px(self) -> int:
        """How large the captions' letters are."""
        return max(_SMALLEST_TEXT_PX, self._px(_TEXT_MM))

    @property
    def line_px(self) -> int:
        """How high a caption's line is."""
        return round(self.text_px * _LEADING)

    @property
    def caption_px(self) -> int:
        """How high a caption is."""
        lines = sum(_LINES[caption] for caption in self.captions)
        return lines * self.line_px + (self.line_px // 2 if lines else 0)

    @property
    def title_px(self) -> int:
        """How much of the first page the title takes."""
        return round(self._px(_TITLE_MM) * 2) if self.title else 0

    @property
    def _gap_px(self) -> int:
        return self._px(_GAP_MM)

    def _px(self, mm: float) -> int:
        return round(mm / _MM_PER_INCH * self.dpi)


@dataclass(frozen=True, slots=True)
class Cell:
    """Where on its page picture `index` lies, and its caption; that may have no height."""

    index: int
    picture: Box
    caption_top: int


Page = tuple[Cell, ...]


def arranged(sizes: Sequence[Size], sheet: ContactSheet) -> tuple[Page, ...]:
    """Pictures of these sizes on pages, in order, row after row; a row is as high as its highest
    picture, and all of it is on one page.

    Raises:
        UsageError: margins and title leave no room.
    """
    inside, gap, column = sheet.inside, sheet._gap_px, sheet.column_px
    highest = min(round(column * _HIGHEST), inside.height - sheet.title_px - sheet.caption_px)
    if highest < 1:
        raise UsageError(
            "The margins leave no room for pictures.", "Choose a smaller margin, or fewer captions."
        )
    pages: list[Page] = []
    page: list[Cell] = []
    top = inside.y + sheet.title_px
    for first in range(0, len(sizes), sheet.columns):
        row = [
            size.fitted_into(Size(column, highest)) for size in sizes[first : first + sheet.columns]
        ]
        height = max(size.height for size in row)
        if page and top + height + sheet.caption_px > inside.bottom:
            pages.append(tuple(page))
            page, top = [], inside.y
        for place, size in enumerate(row):
            left = inside.x + place * (column + gap) + (column - size.width) // 2
            box = Box(left, top + height - size.height, size.width, size.height)
            page.append(Cell(first + place, box, top + height))
        top += height + sheet.caption_px + gap
    if page:
        pages.append(tuple(page))
    return tuple(pages)


def draw_page(
    sheet: ContactSheet,
    pages: Sequence[Page],
    number: int,
    read: Callable[[int, Size], Image.Image | None],
    caption: Callable[[int], Sequence[str]],
) -> Image.Image:
    """One page (from 0 on) as it is printed, RGB.

    Args:
        read: picture `index`, RGB or RGBA, to be shown at that size; None if there is none.
        caption: what stands below picture `index`, a text for each of the sheet's captions in the
            order of `Caption`.
    """
    paper, ink, quiet = _INKS[sheet.background]
    page = Image.new("RGB", (sheet.page.width, sheet.page.height), paper)
    draw = ImageDraw.Draw(page)
    inside = sheet.inside
    if number == 0 and sheet.title:
        type_ = font(max(_SMALLEST_TEXT_PX, sheet.title_px // 2), semibold=True)
        draw.text((inside.x, inside.y), fitted(sheet.title, type_, inside.width), ink, type_)
    small = font(sheet.text_px)
    for cell in pages[number]:
        box = cell.picture
        picture = read(cell.index, box.size)
        if picture is None:
            draw.rectangle((box.x, box.y, box.right - 1, box.bottom - 1), outline=quiet)
        else:
            shown = picture.resize((box.width, box.height), Image.Resampling.LANCZOS, None, 3.0)
            page.paste(shown, (box.x, box.y), shown if shown.mode == "RGBA" else None)
        left = sheet.inside.x + (cell.index % sheet.columns) * (sheet.column_px + sheet._gap_px)
        top = cell.caption_top + sheet.line_px // 3
        for kind, text in zip(_in_order(sheet.captions), caption(cell.index), strict=True):
            colour = ink if kind is Caption.PROMPT else quiet
            for line in wrapped(text, small, sheet.column_px, _LINES[kind]):
                draw.text((left, top), line, colour, small)
                top += sheet.line_px
    if len(pages) > 1 and sheet.page.height - inside.bottom >= sheet.line_px:
        says = f"{number + 1} / {len(pages)}"
        right = inside.right - small.getlength(says)
        draw.text((right, inside.bottom + sheet.line_px // 3), says, quiet, small)
    return page


def wrapped(text: str, type_: ImageFont.FreeTypeFont, width_px: int, lines: int) -> list[str]:
    """`text` in up to so many lines of whole words; the last one ends in … if there is more."""
    words = text.split()
    made: list[str] = []
    while words and len(made) < lines - 1:
        count = 1
        while count < len(words) and type_.getlength(" ".join(words[: count + 1])) <= width_px:
            count += 1
        made.append(fitted(" ".join(words[:count]), type_, width_px))
        words = words[count:]
    return [*made, fitted(" ".join(words), type_, width_px)] if words else made


def write_png(page: Image.Image, sheet: ContactSheet, stream: IO[bytes]) -> None:
    """One page as a PNG that says how large it is on paper."""
    page.save(stream, "PNG", compress_level=4, dpi=(sheet.dpi, sheet.dpi))


def write_pdf(pages: Iterator[Image.Image], sheet: ContactSheet, stream: IO[bytes]) -> None:
    """All pages in one PDF, one after the other: only one of them is in memory."""
    for number, page in enumerate(pages):
        page.save(
            stream,
            "PDF",
            append=number > 0,
            resolution=sheet.dpi,
            quality=92,
            title=sheet.title or "Contact sheet",
        )


def _in_order(captions: frozenset[Caption]) -> list[Caption]:
    return [caption for caption in Caption if caption in captions]
