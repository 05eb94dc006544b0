"""Selecting parts of a picture: shapes drawn by hand, similar colours, objects; their outlines."""

from studio.document.selection.coverage import Combine, Coverage, changed_box, combined
from studio.document.selection.dropped import from_dropped
from studio.document.selection.objects import METHOD, Hints, object_mask
from studio.document.selection.shapes import ellipse, polygon, rectangle
from studio.document.selection.similar import colour_range, similar_area
from studio.document.selection.trace import outlines

__all__ = [
    "METHOD",
    "Combine",
    "Coverage",
    "Hints",
    "changed_box",
    "colour_range",
    "combined",
    "ellipse",
    "from_dropped",
    "object_mask",
    "outlines",
    "polygon",
    "rectangle",
    "similar_area",
]
