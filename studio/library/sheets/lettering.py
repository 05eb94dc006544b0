"""Text in pictures that the studio lays out itself: sheets, grids, captions."""

from __future__ import annotations

from functools import cache
from typing import Final

from PIL import ImageFont

from studio.domain.resources import RESOURCES

_FONTS: Final = RESOURCES / "fonts"
_ELLIPSIS: Final = "…"


@cache
def font(size_px: int, *, semibold: bool = False) -> ImageFont.FreeTypeFont:
    """The studio's type at a size in pixels."""
    name = "Inter-SemiBold.otf" if semibold else "Inter-Regular.otf"
    return ImageFont.truetype(_FONTS / name, size_px, layout_engine=ImageFont.Layout.BASIC)


def fitted(text: str, type_: ImageFont.FreeTypeFont, width_px: float) -> str:
    """`text` in one line, cut with an ellipsis where it would be wider than `width_px`."""
    line = " ".join(text.split())
    if type_.getlength(line) <= width_px:
        return line
    low, high = 0, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        if type_.getlength(line[:middle].rstrip() + _ELLIPSIS) <= width_px:
            low = middle
        else:
            high = middle - 1
    return line[:low].rstrip() + _ELLIPSIS
