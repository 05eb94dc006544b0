"""Layers: what is painted, and how it lies over what is below."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import uuid4

from studio.document.area import Area
from studio.document.tiles import TiledImage


class LayerKind(StrEnum):
    """Where a layer came from."""

    PICTURE = "picture"
    PAINT = "paint"
    GENERATED = "generated"


class BlendMode(StrEnum):
    """How a layer's colours mix with those below; the values are OpenRaster's composite-ops."""

    NORMAL = "svg:src-over"
    MULTIPLY = "svg:multiply"
    SCREEN = "svg:screen"
    OVERLAY = "svg:overlay"
    DARKEN = "svg:darken"
    LIGHTEN = "svg:lighten"
    COLOR_DODGE = "svg:color-dodge"
    COLOR_BURN = "svg:color-burn"
    HARD_LIGHT = "svg:hard-light"
    SOFT_LIGHT = "svg:soft-light"
    DIFFERENCE = "svg:difference"


def new_layer_id() -> str:
    """An id that no other layer has, in this document or another."""
    return uuid4().hex


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One layer. Never changes: an edit puts another one with the same `id` in its place.

    Args:
        name: as the artist calls it.
        image: straight RGBA in the layer's own coordinates.
        mask: how much of `image` is seen, in the same coordinates; None shows all of it.
        opacity: 0 to 1.
        x, y: where the layer's origin lies in the document, in pixels.
    """

    name: str
    image: TiledImage = field(default_factory=lambda: TiledImage(4))
    kind: LayerKind = LayerKind.PAINT
    mask: TiledImage | None = None
    opacity: float = 1.0
    visible: bool = True
    blend_mode: BlendMode = BlendMode.NORMAL
    x: int = 0
    y: int = 0
    id: str = field(default_factory=new_layer_id)

    def __post_init__(self) -> None:
        if not 0 <= self.opacity <= 1:
            raise ValueError(f"opacity is 0 to 1, not {self.opacity}")

    @property
    def is_seen(self) -> bool:
        """Whether it can change a picture at all."""
        return self.visible and self.opacity > 0 and self.image.count > 0

    @property
    def tiled_area(self) -> Area:
        """Whole tiles around all it may draw, in the document's coordinates; costs no pixels."""
        return self.image.tiled_area.moved(self.x, self.y)

    @property
    def bounds(self) -> Area:
        """The smallest area around its pixels that aren't transparent, in the document."""
        return self.image.bounds().moved(self.x, self.y)
