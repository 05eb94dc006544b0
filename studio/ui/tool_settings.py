"""The tools' settings as text, to be remembered between two starts."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from studio.document import Brush
from studio.engine import ObjectPart
from studio.ui.session import MaskView, ToolName, Tools
from studio.ui.session.painting.tools import Colour
from studio.ui.settings import as_record


def tools_to_json(tools: Tools) -> str:
    """Brushes, colours, tolerance, what finds objects and how the mask is shown; the tool in hand
    isn't kept."""
    return json.dumps(
        {
            "foreground": tools.foreground,
            "background": tools.background,
            "brushes": {name.value: asdict(brush) for name, brush in tools.brushes.items()},
            "tolerance": tools.tolerance,
            "contiguous": tools.contiguous,
            "object_finder": tools.object_finder,
            "object_part": tools.object_part.value,
            "mask_view": tools.mask_view.value,
            "mask_colour": tools.mask_colour,
        }
    )


def restore_tools(tools: Tools, text: str) -> None:
    """Take over what `tools_to_json` wrote; whatever can't be read stays as it is."""
    record = as_record(text)
    for field in ("foreground", "background", "mask_colour"):
        if (colour := _colour(record.get(field))) is not None:
            setattr(tools, field, colour)
    brushes = record.get("brushes")
    for name in tools.brushes:
        brush = _brush(brushes.get(name.value) if isinstance(brushes, dict) else None)
        if brush is not None:
            tools.set_brush(ToolName(name), brush)
    tolerance = record.get("tolerance")
    if isinstance(tolerance, int | float) and 0 <= tolerance <= 1:
        tools.tolerance = float(tolerance)
    if isinstance(record.get("contiguous"), bool):
        tools.contiguous = record["contiguous"]
    if isinstance(record.get("object_finder"), str):
        tools.object_finder = record["object_finder"]
    if record.get("object_part") in [part.value for part in ObjectPart]:
        tools.object_part = ObjectPart(record["object_part"])
    if record.get("mask_view") in [view.value for view in MaskView]:
        tools.mask_view = MaskView(record["mask_view"])


def _colour(value: Any) -> Colour | None:
    if not isinstance(value, list) or len(value) != 3:
        return None
    if not all(type(part) is int and 0 <= part <= 255 for part in value):
        return None
    red, green, blue = value
    return red, green, blue


def _brush(value: Any) -> Brush | None:
    """A brush of numbers within their bounds."""
    if not isinstance(value, dict):
        return None
    numbers = ("size_px", "hardness", "opacity", "flow", "spacing")
    if any(type(value.get(name)) not in (int, float) for name in numbers):
        return None
    choices = ("pressure_size", "pressure_opacity")
    if any(type(value.get(name)) is not bool for name in choices):
        return None
    try:
        return Brush(**{name: value[name] for name in numbers + choices})
    except ValueError:
        return None
