"""A picture that the next ones are to follow, as the prompt panel holds it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from studio.document import Document, Layer
from studio.document.layer import BlendMode
from studio.document.rendering.composite import flatten_layers, over_white
from studio.domain.control import Control, Reference
from studio.domain.events import Pixels


@dataclass(frozen=True, slots=True)
class GuidingLayer:
    """A layer that a guide follows: of which document, and as it was when its picture was taken."""

    document: Document
    layer: Layer

    @property
    def now(self) -> Layer | None:
        """The layer as it is now; None once it is removed."""
        try:
            return self.document.content.layer(self.layer.id)
        except KeyError:
            return None


@dataclass(frozen=True, slots=True)
class Guide:
    """What a request will say, and besides where its picture comes from: a file's name, or the
    `source` in the artwork."""

    wish: Control | Reference
    name: str = field(default="", compare=False)
    source: GuidingLayer | None = None

    @property
    def title(self) -> str:
        """What the picture is called; a layer by its name now."""
        layer = None if self.source is None else self.source.now
        return self.name if layer is None else layer.name


def layer_pixels(document: Document, layer: Layer) -> Pixels:
    """All of a layer as a drawing on white, as large as its document, (H, W, 3): also of a layer
    that is hidden or see-through, so that it can be drawn on without being part of the artwork."""
    alone = replace(layer, visible=True, opacity=1.0, blend_mode=BlendMode.NORMAL)
    pixels = over_white(flatten_layers((alone,), document.content.area))
    return np.ascontiguousarray(pixels[..., :3])
