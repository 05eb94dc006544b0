"""Neural style transfer: a photograph painted in the manner of other pictures."""

from studio.style.instant import Instant
from studio.style.method import Method, PaintedStyle, Progress, Style, StylePicture
from studio.style.painted import PAINTED
from studio.style.stylize import stylize

__all__ = [
    "PAINTED",
    "Instant",
    "Method",
    "PaintedStyle",
    "Progress",
    "Style",
    "StylePicture",
    "stylize",
]
