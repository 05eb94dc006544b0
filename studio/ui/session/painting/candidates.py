"""What a candidate is: one way to paint a place of the document, over it or as a layer of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from PIL import Image

from studio.document import Content, Edit, Layer, LayerKind, TiledImage
from studio.document.edits import add_generated, clear_mask, resize_canvas
from studio.document.repaint_masks import Piece
from studio.domain.events import ImageReady, PaintedLayer, Pixels
from studio.domain.inpaint import Extents
from studio.domain.request import Request
from studio.library import Picture

SEEN_PX: Final = 160
_LONGEST_NAME: Final = 40


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One way to paint a place. `painted` holds it alone, (1, h, w, 4), at its box; `seen` is that
    part of the whole picture, (h, w, 3), at most 160 pixels a side; `picture` is its place in the
    history, None if that failed."""

    request: Request
    painted: PaintedLayer = field(repr=False)
    seen: Pixels = field(repr=False)
    picture: Picture | None = None

    @classmethod
    def of(cls, request: Request, ready: ImageReady, picture: Picture | None) -> Candidate | None:
        """What came of `request`; None if nothing was painted."""
        if ready.painted is None:
            return None
        # A small copy: a view would keep the whole picture in memory.
        seen = Image.fromarray(ready.images[0][ready.painted.box.slices])
        seen.thumbnail((SEEN_PX, SEEN_PX))
        return cls(request, ready.painted, np.asarray(seen), picture)

    @property
    def layer(self) -> Layer:
        """The candidate over the document as it would be with it."""
        return _layer(self.painted.pixels[0], self.painted.box.x, self.painted.box.y)

    @property
    def extend(self) -> Extents:
        """How much larger the document is with it."""
        return Extents() if self.request.inpaint is None else self.request.inpaint.extend


def applied(content: Content, candidate: Candidate, *, keeps_mask: bool) -> Edit:
    """The candidate as a layer, the document as large as it was painted for."""
    content = extended(content, candidate.extend)
    if not keeps_mask:
        content = clear_mask(content).content
    pixels, box = candidate.painted.pixels[0], candidate.painted.box
    name = candidate.request.prompt[:_LONGEST_NAME] or "Painted anew"
    alpha = np.ascontiguousarray(pixels[..., 3])
    return add_generated(content, pixels[..., :3], alpha, name, box.x, box.y)


def extended(content: Content, extend: Extents) -> Content:
    """A document that much larger, with nothing in what is new."""
    if not extend:
        return content
    return resize_canvas(content, extend.of(content.size), extend.left, extend.top).content


def emerging(frame: Pixels, piece: Piece) -> Layer:
    """A preview of one working area, seen as far as its result will be."""
    size = piece.box.width, piece.box.height
    colours = Image.fromarray(frame).resize(size, Image.Resampling.BILINEAR)
    return _layer(np.dstack([np.asarray(colours), piece.cover]), piece.box.x, piece.box.y)


def _layer(pixels: Pixels, x: int, y: int) -> Layer:
    return Layer("Candidate", TiledImage.of(pixels), LayerKind.GENERATED, x=x, y=y)
