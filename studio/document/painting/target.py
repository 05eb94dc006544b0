"""What a stroke paints on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from studio.document.content import Content
from studio.document.painting.mixing import Colour, Cover, erased, luminance, masked, painted
from studio.document.tiles import TiledImage
from studio.domain.events import Pixels


class Target(Enum):
    """What a tool paints on: the active layer, its own mask, or the document's mask."""

    LAYER = "layer"
    LAYER_MASK = "layer mask"
    MASK = "mask"


@dataclass(frozen=True, slots=True)
class Surface:
    """One image of a document that can be painted on, known by the layer that it belongs to.

    Args:
        layer_id: None for the document's own mask.
    """

    target: Target
    layer_id: str | None

    @classmethod
    def of(cls, content: Content, target: Target) -> Surface:
        """The surface that a tool meets now.

        Raises:
            ValueError: no layer is active, or it has no mask to paint on.
        """
        layer = content.active
        if target is Target.MASK:
            return cls(target, None)
        if layer is None:
            raise ValueError("no layer is active")
        if target is Target.LAYER_MASK and layer.mask is None:
            raise ValueError("the active layer has no mask of its own")
        return cls(target, layer.id)

    def exists(self, content: Content) -> bool:
        """Whether the layer, and its mask where that is meant, are still there."""
        return self.layer_id is None or any(
            layer.id == self.layer_id and (self.target is Target.LAYER or layer.mask is not None)
            for layer in content.layers
        )

    def image(self, content: Content) -> TiledImage:
        """What is painted on.

        Raises:
            KeyError: the layer is gone, or its mask.
        """
        if self.layer_id is None:
            return content.mask
        layer = content.layer(self.layer_id)
        if self.target is Target.LAYER:
            return layer.image
        if layer.mask is None:
            raise KeyError(self.layer_id)
        return layer.mask

    def origin(self, content: Content) -> tuple[int, int]:
        """Where the image's own 0, 0 lies in the document."""
        if self.layer_id is None:
            return 0, 0
        layer = content.layer(self.layer_id)
        return layer.x, layer.y

    def covered(self, before: Pixels, cover: Cover, colour: Colour | None) -> Pixels:
        """What becomes of its pixels `before` where `colour` is painted on them, as far as `cover`
        (h, w) says; None erases.

        The document's mask becomes white, a layer's own as light as the colour, so that white
        reveals and black hides; where they are erased, masks become black.
        """
        if self.target is Target.LAYER:
            if colour is None:
                return erased(before, cover)
            return painted(before, cover, colour)
        if colour is None:
            return masked(before, cover, 0)
        return masked(before, cover, 255 if self.target is Target.MASK else luminance(colour))

    def with_image(self, content: Content, image: TiledImage) -> Content:
        """The document with another image there."""
        if self.layer_id is None:
            return replace(content, mask=image)
        layer = content.layer(self.layer_id)
        if self.target is Target.LAYER:
            return content.with_layer(replace(layer, image=image))
        return content.with_layer(replace(layer, mask=image))
