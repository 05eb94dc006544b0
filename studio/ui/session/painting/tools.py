"""The tools of the canvas: which one is in hand, its settings, and the two colours."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final

from psygnal import SignalGroupDescriptor

from studio.document import Brush
from studio.engine import ObjectPart

Colour = tuple[int, int, int]
INK: Colour = (0, 0, 0)
PAPER: Colour = (255, 255, 255)


class ToolName(StrEnum):
    """What the hand can hold. HAND pans and zooms, and leaves the picture as it is."""

    HAND = "hand"
    BRUSH = "brush"
    ERASER = "eraser"
    MASK_BRUSH = "mask brush"
    MASK_ERASER = "mask eraser"
    RECTANGLE = "rectangle"
    ELLIPSE = "ellipse"
    LASSO = "lasso"
    POLYGON = "polygon"
    WAND = "wand"
    OBJECT = "object"
    BUCKET = "bucket"
    PICKER = "picker"
    MOVE = "move"
    CROP = "crop"
    EXPAND = "expand"
    AREA = "working area"


class MaskView(StrEnum):
    """How the mask is shown."""

    OVERLAY = "overlay"
    OUTLINE = "outline"
    HIDDEN = "hidden"


_MASKING: Final = Brush(size_px=64, hardness=0.9)
USUAL_BRUSHES: Final = MappingProxyType(
    {
        ToolName.BRUSH: Brush(size_px=24),
        ToolName.ERASER: Brush(size_px=48),
        ToolName.MASK_BRUSH: _MASKING,
        ToolName.MASK_ERASER: _MASKING,
    }
)


@dataclass
class Tools:
    """`events.<field>` emits the new value, only on a real change.

    `brushes` is replaced as a whole, by `set_brush`, so that a change is announced. `object_finder`
    is what finds objects: a segmenter's name, `selection.METHOD`, or empty for the best there is.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    active: ToolName = ToolName.HAND
    foreground: Colour = INK
    background: Colour = PAPER
    brushes: dict[ToolName, Brush] = field(default_factory=lambda: dict(USUAL_BRUSHES))
    tolerance: float = 0.15
    contiguous: bool = True
    object_finder: str = ""
    object_part: ObjectPart = ObjectPart.BEST
    mask_view: MaskView = MaskView.OVERLAY
    mask_colour: Colour = (216, 74, 107)

    @property
    def brush(self) -> Brush | None:
        """The active tool's brush; None for tools without one."""
        return self.brushes.get(self.active)

    def set_brush(self, tool: ToolName, brush: Brush) -> None:
        """Remember how `tool` paints."""
        self.brushes = {**self.brushes, tool: brush}

    def swap_colours(self) -> None:
        """Exchange foreground and background."""
        self.foreground, self.background = self.background, self.foreground

    def reset_colours(self) -> None:
        """Black on white."""
        self.foreground, self.background = INK, PAPER
