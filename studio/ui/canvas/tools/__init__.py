"""The tools of the canvas: one file for each kind, and the one table that lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from studio.ui.canvas.tools.painting import PaintTool
from studio.ui.canvas.tools.tool import Pointer, Tool
from studio.ui.session import ToolName


@dataclass(frozen=True, slots=True)
class ToolEntry:
    """How a tool is shown and reached: `key` is pressed while the canvas has the focus.

    `kind` is None for the hand, which only moves the view.
    """

    label: str
    icon: str
    key: str
    kind: type[Tool] | None
    tip: str = ""


TOOLS: Final[dict[ToolName, ToolEntry]] = {
    ToolName.HAND: ToolEntry("Hand", "hand", "H", None, "Move the view"),
    ToolName.BRUSH: ToolEntry("Brush", "brush", "B", PaintTool, "Paint on the layer"),
    ToolName.ERASER: ToolEntry("Eraser", "eraser", "E", PaintTool, "Erase from the layer"),
    ToolName.MASK_BRUSH: ToolEntry(
        "Mask brush", "paintbrush-vertical", "Q", PaintTool, "Paint over what is to be repainted"
    ),
    ToolName.MASK_ERASER: ToolEntry(
        "Mask eraser", "square-dashed", "Shift+Q", PaintTool, "Take away from the mask"
    ),
}

__all__ = ["TOOLS", "Pointer", "Tool", "ToolEntry"]
