"""All that a document holds at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from studio.document.area import Area
from studio.document.layer import Layer
from studio.document.tiles import TiledImage
from studio.domain.errors import PictureError
from studio.domain.geometry import Box, Size

LARGEST_SIDE_PX: Final = 8192


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Content:
    """What a document is made of. Never changes, so any thread may read it, and keeping an old one
    keeps only the tiles that have been replaced since.

    Args:
        layers: from the lowest to the topmost.
        active_id: the layer that tools work on; None only while there is none.
        mask: one channel in the document's coordinates: what is to be repainted, 0 stays.
        working_area: the box that the model sees; None lets the studio choose.
        prompt: what the artist asks for in this document.

    Raises:
        PictureError: a side is longer than 8192 pixels.
    """

    size: Size
    layers: tuple[Layer, ...] = ()
    active_id: str | None = None
    mask: TiledImage = field(default_factory=lambda: TiledImage(1))
    working_area: Box | None = None
    prompt: str = ""

    def __post_init__(self) -> None:
        if max(self.size.width, self.size.height) > LARGEST_SIDE_PX:
            raise PictureError(
                f"A picture of {self.size} pixels is too large to be edited.",
                f"Scale it so that no side is longer than {LARGEST_SIDE_PX} pixels.",
            )

    @property
    def area(self) -> Area:
        return Area.whole(self.size)

    @property
    def active(self) -> Layer | None:
        return next((layer for layer in self.layers if layer.id == self.active_id), None)

    def layer(self, layer_id: str) -> Layer:
        """The layer of that id.

        Raises:
            KeyError: there is none.
        """
        return self.layers[self.index(layer_id)]

    def index(self, layer_id: str) -> int:
        """Its place in `layers`, 0 is the lowest.

        Raises:
            KeyError: there is none.
        """
        for i, layer in enumerate(self.layers):
            if layer.id == layer_id:
                return i
        raise KeyError(layer_id)

    def with_layer(self, layer: Layer) -> Content:
        """With `layer` in place of the one that has its id."""
        i = self.index(layer.id)
        return replace(self, layers=(*self.layers[:i], layer, *self.layers[i + 1 :]))

    def images(self) -> list[TiledImage]:
        """Everything that holds tiles."""
        found = [self.mask]
        for layer in self.layers:
            found.append(layer.image)
            if layer.mask is not None:
                found.append(layer.mask)
        return found
