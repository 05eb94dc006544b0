"""The tools of the canvas: one file for each kind, and the one table that lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from studio.ui.canvas.tools.area import AreaTool
from studio.ui.canvas.tools.colours import BucketTool, PickerTool
from studio.ui.canvas.tools.cropping import CropTool
from studio.ui.canvas.tools.expanding import ExpandTool
from studio.ui.canvas.tools.moving import MoveTool
from studio.ui.canvas.tools.objects import ObjectTool
from studio.ui.canvas.tools.painting import PaintTool
from studio.ui.canvas.tools.selecting import LassoTool, PolygonTool, ShapeTool, WandTool
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
        "Mask eraser", "brush-cleaning", "Shift+Q", PaintTool, "Take away from the mask"
    ),
    ToolName.RECTANGLE: ToolEntry(
        "Rectangle", "square-dashed", "M", ShapeTool, "Select a rectangle as the mask"
    ),
    ToolName.ELLIPSE: ToolEntry(
        "Ellipse", "circle-dashed", "Shift+M", ShapeTool, "Select an ellipse as the mask"
    ),
    ToolName.LASSO: ToolEntry("Lasso", "lasso", "L", LassoTool, "Draw around what to select"),
    ToolName.POLYGON: ToolEntry(
        "Polygon", "pentagon", "Shift+L", PolygonTool, "Click around what to select"
    ),
    ToolName.WAND: ToolEntry("Magic wand", "wand", "W", WandTool, "Select similar colours"),
    ToolName.OBJECT: ToolEntry(
        "Object",
        "square-dashed-mouse-pointer",
        "A",
        ObjectTool,
        "Click a thing, or drag a box around it, to select it; Shift adds, Alt takes away.\n"
        "Ctrl-click: this belongs to it, too; Ctrl+Alt-click: not this",
    ),
    ToolName.BUCKET: ToolEntry(
        "Bucket", "paint-bucket", "G", BucketTool, "Fill what has a similar colour"
    ),
    ToolName.PICKER: ToolEntry(
        "Colour picker", "pipette", "I", PickerTool, "Take a colour from the picture"
    ),
    ToolName.MOVE: ToolEntry("Move", "move", "V", MoveTool, "Move, scale and turn the layer"),
    ToolName.CROP: ToolEntry("Crop", "crop", "C", CropTool, "Crop or extend the artwork"),
    ToolName.EXPAND: ToolEntry(
        "Expand", "expand", "O", ExpandTool, "Drag the edges outward and paint what lies there"
    ),
    ToolName.AREA: ToolEntry(
        "Working area", "frame", "F", AreaTool, "The box that the model sees when it paints"
    ),
}

__all__ = ["TOOLS", "Pointer", "Tool", "ToolEntry"]
